// A JWT by which a client shows who it is (RFC 7523 §2.2), made anew for each request: it is good once, and for a minute.
import { createPrivateKey, randomUUID } from 'node:crypto';
import type { ClientAssertion } from '@ess/domain/connector/trust/client-credentials.ts';

const LIFETIME_S = 60;
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** @returns the parameters of the token request */
export async function signedAssertion(
  clientId: string,
  { privateKey, keyId, algorithm, audience }: ClientAssertion,
): Promise<Record<string, string>> {
  const { SignJWT } = await import('jose'); // loaded only for those who sign
  const issuedAt = Math.floor(Date.now() / 1000);
  const jwt = await new SignJWT({})
    .setProtectedHeader({ alg: algorithm, ...(keyId !== undefined && { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_S)
    .sign(createPrivateKey(privateKey));
  return { client_id: clientId, client_assertion_type: TYPE, client_assertion: jwt };
}

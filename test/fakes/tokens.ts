// Tokens as a partner's gateway gives them out, and what a bridge is told to trust them.
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';

const ISSUER = 'https://gateway.test';
const AUDIENCE = 'ess';

export class TokenIssuer {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  get settings(): Record<string, string> {
    return {
      ESS_JWT_ISSUER: ISSUER,
      ESS_JWT_AUDIENCE: AUDIENCE,
      ESS_JWT_KEY: this.#keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    };
  }

  /** @param lifeS seconds from now */
  token(subject: string, lifeS: number): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + lifeS)
      .sign(this.#keys.privateKey);
  }
}

// The connector clinic-fhir and its demo partner, over real sockets: TLS of a private authority.
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { closeSenders, openSender, PATIENT_MS } from '@ess/test/harness/data/sender.ts';
import type { SenderOptions } from '@ess/worker/send/sender.ts';
import { afterEach, expect, test } from '@jest/globals';
import { startClinic } from './clinic-fhir.ts';
import { demoSecrets } from './demo-env.ts';

const TOKEN = 'token-for-this-test';
const LOCATION = {
  resourceType: 'Location',
  id: 'r-1',
  status: 'active',
  meta: { lastUpdated: '2026-11-24T10:00:00Z' },
};
afterEach(closeSenders);

test('the clinic shows a certificate of its own authority, which its connector trusts and nobody else does', async () => {
  const { CLINIC_FHIR_CA, CLINIC_FHIR_CERT: cert, CLINIC_FHIR_KEY: key } = demoSecrets('/nowhere', {});
  await using clinic = await startClinic({ port: 0, bearer: TOKEN, tls: { cert, key } });
  const env: Record<string, string> = { CLINIC_FHIR_URL: clinic.url, CLINIC_FHIR_TOKEN: TOKEN, CLINIC_FHIR_CA };
  const { deliver } = loadConnector('connectors', 'clinic-fhir', { env: (name) => env[name] });
  const put = (trust: Partial<SenderOptions>) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/fhir+json' };
    const outgoing = { method: 'PUT', headers, body: JSON.stringify(LOCATION) } as const;
    const sender = openSender(`${clinic.url}/Location/r-1`, trust);
    return new Promise<Answer>((resolve) => sender.send(outgoing, PATIENT_MS, undefined, resolve));
  };
  expect(await put({ tls: deliver?.tls ?? {} })).toEqual({ kind: 'answered', status: 200 });
  expect(await put({})).toMatchObject({ kind: 'unreachable', code: expect.stringContaining('deliver.tls.ca') });
  expect(clinic.received).toHaveLength(1);
});

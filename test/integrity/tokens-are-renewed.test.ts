// A partner that wants OAuth tokens of a real provider, over TLS: tokens are renewed before they end, one at a time, also for batches;
// one that was withdrawn is replaced at once; and while there is none the partner is held with what the provider says.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { TlsPartner } from '../fakes/tls-partner.ts';
import { TokenProvider } from '../fakes/token-provider.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

const SECRET = 'planted-client-secret';
const LIFETIME_S = 6;
const authority = issueCertificate({ commonName: 'county authority' });
const certificate = issueCertificate({ commonName: 'partner', issuer: authority });

beforeAll(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined); // the provider's keys are not for production
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
});
afterAll(() => void jest.restoreAllMocks());

async function open(cleanup: Cleanup, deliver: Record<string, unknown> = {}) {
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const clients = [
    { client_id: 'ess', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' },
  ] as const;
  const provider = await TokenProvider.start(certificate, clients);
  cleanup.defer(() => provider[Symbol.asyncDispose]());
  const partner = await TlsPartner.start(certificate);
  cleanup.defer(() => partner[Symbol.asyncDispose]());
  /** Requests whose token was good, and those whose was not. */
  const seen = { good: 0, bad: 0 };
  partner.status = async ({ authorization }) => {
    const isGood = (await provider.factsOf(authorization)) !== undefined && !partner.withdrawn.has(authorization ?? '');
    seen[isGood ? 'good' : 'bad'] += 1;
    return isGood ? 204 : 401;
  };
  const ca = join(temporaryFolder(cleanup), 'ca.pem');
  writeFileSync(ca, authority.cert);
  const line = await Pipeline.open(stack, partner, {
    deliver,
    deliverWith: (prefix) => ({
      tls: { ca: `\${${prefix}CA}` },
      auth: {
        oauth2ClientCredentials: { tokenUrl: provider.tokenUrl, clientId: 'ess', clientSecret: `\${${prefix}SECRET}` },
      },
    }),
    env: (prefix) => ({ [`${prefix}SECRET`]: SECRET, [`${prefix}CA_FILE`]: ca }),
  });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  return { provider, partner, line, seen };
}

test('tokens of six seconds: no batch goes out with one that has ended, and no record waits for ever', async () => {
  await using cleanup = new Cleanup();
  const { provider, line, seen } = await open(cleanup, {
    ...{ batch: { maxRecords: 5, maxWaitMs: 100 }, concurrency: 4 },
    timeoutMs: 60_000,
  });
  provider.lifetimeS = LIFETIME_S; // renewed after three: so long a process may stand still on a busy machine
  await line.start();
  // Records keep coming while two tokens end one after the other.
  let version = 0;
  await eventually('three tokens', async () => {
    version += 1;
    await line.source.publish(Array.from({ length: 8 }, (_, rule) => makeRule(`r${rule}`, version)));
    return provider.asked.length >= 3 ? true : undefined;
  });
  await line.drained();
  expect(provider.mostAtOnce).toBe(1);
  expect(seen.good).toBeGreaterThan(5);
  // None that was not needed.
  expect(provider.asked.length).toBeLessThanOrEqual(seen.good);
  // A token that ended on the way, to a partner who stood, was good when it was sent: it is not sent in its last tenth.
  const others = (await line.audit()).filter(
    ({ outcome, reason, durationMs }) =>
      outcome !== 'delivered' &&
      !(reason === 'status-401, again with a new token' && Number(durationMs) > LIFETIME_S * 100),
  );
  expect(others).toEqual([]);
  expect(await line.deadLetters()).toEqual([]);
});

test('a token that the partner takes no more is replaced by one more request, without a hold', async () => {
  await using cleanup = new Cleanup();
  const { provider, partner, line, seen } = await open(cleanup);
  const [worker] = await line.start();
  await line.source.publish(Array.from({ length: 20 }, (_, rule) => makeRule(`r${rule}`, 1)));
  await line.drained();
  expect([seen.bad, provider.asked.length]).toEqual([0, 1]);

  partner.withdrawn.add(partner.received.at(-1)?.headers.authorization ?? '');
  await line.source.publish(Array.from({ length: 20 }, (_, rule) => makeRule(`r${rule}`, 2)));
  await line.drained();
  expect(seen.bad).toBeGreaterThan(0);
  expect(provider.asked).toHaveLength(2);
  const rows = await line.audit();
  expect(rows.filter(({ outcome }) => outcome === 'retried').map(({ reason }) => reason)).toEqual(
    Array(seen.bad).fill('status-401, again with a new token'),
  );
  expect(rows.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(40);
  expect(worker?.output).not.toContain('partner.held');

  // Whatever token it is: now it holds, and says so.
  partner.status = () => 401;
  await line.source.publish([makeRule('r0', 3)]);
  expect((await worker?.logged('partner.held'))?.['reason']).toBe('status-401');
  partner.status = () => 204;
  await line.drained();
});

test('while the provider refuses, the partner is held with its words', async () => {
  await using cleanup = new Cleanup();
  const { provider, line, seen } = await open(cleanup, { retry: { maxAttempts: 2, firstMs: 10 } });
  provider.instead = (response) =>
    response
      .writeHead(401)
      .end(JSON.stringify({ error: 'invalid_client', error_description: `no ${SECRET}\u001b[31m` }));
  const [worker] = await line.start();
  await line.source.publish([makeRule('a', 1), makeRule('b', 1)]);
  expect((await worker?.logged('partner.held'))?.['reason']).toBe(
    'token endpoint answered 401 invalid_client: no ***\\u001b[31m',
  );
  expect(seen).toEqual({ good: 0, bad: 0 });
  provider.instead = undefined;
  await line.drained();
  expect(seen).toEqual({ good: 2, bad: 0 });
  expect(line.output).not.toContain(SECRET);
});

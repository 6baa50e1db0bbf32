// The connector county-legacy and its demo partner, over real sockets: TLS of a private authority, a token, a form.
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { closeSenders, openSender, PATIENT_MS, post } from '@ess/test/harness/data/sender.ts';
import { openToken } from '@ess/worker/send/token/oauth-token.ts';
import { afterEach, expect, test } from '@jest/globals';
import { startCountyLegacy } from './county-legacy.ts';
import { demoSecrets } from './demo-env.ts';

const SECRET = 'secret-for-this-test';
afterEach(closeSenders);

async function open() {
  const lines: string[] = [];
  const { COUNTY_LEGACY_CA, COUNTY_LEGACY_CERT: cert, COUNTY_LEGACY_KEY: key } = demoSecrets('/nowhere', {});
  const print = (line: string) => lines.push(line);
  const partner = await startCountyLegacy({ port: 0, clientSecret: SECRET, tls: { cert, key }, print });
  const env: Record<string, string> = {
    COUNTY_LEGACY_URL: partner.origin,
    COUNTY_LEGACY_CA,
    COUNTY_LEGACY_CLIENT_SECRET: SECRET,
  };
  const { deliver } = loadConnector('connectors', 'county-legacy', { env: (name) => env[name] });
  if (!deliver) throw new Error('it delivers nothing');
  const { url, tls = {} } = deliver;
  const sender = openSender(url, { tls });
  const send = async (form: string, token = '') => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${token}` };
    return post(sender, PATIENT_MS, headers, undefined, form).answer;
  };
  return { partner, deliver, lines, send };
}

test('it takes a form with a token of its own, and prints one line about it', async () => {
  const { partner, deliver, lines, send } = await open();
  await using _ = partner;
  const token = await openToken(deliver)?.get();
  expect(await send('rule=r-1&edition=1&beds.icu=10', token)).toMatchObject({ status: 200 });
  expect(lines).toEqual(['county-legacy ← rule r-1 edition 1, 10 beds']);
  expect(partner.received.map(({ body }) => body)).toEqual([{ rule: 'r-1', edition: '1', 'beds.icu': '10' }]);
});

test('it is away while stopped, comes back on its port, and knows the token of before', async () => {
  const { partner, deliver, send } = await open();
  await using _ = partner;
  const token = await openToken(deliver)?.get();
  await partner.stop();
  expect(await send('rule=r-1&edition=1&beds.icu=10', token)).toMatchObject({ kind: 'unreachable' });
  await partner.restart();
  expect(await send('rule=r-1&edition=1&beds.icu=10', token)).toMatchObject({ status: 200 });
  expect(partner.received).toHaveLength(1);
});

test('without a token it answers 401, and to what is wrong 200 all the same', async () => {
  const { partner, deliver, send } = await open();
  await using _ = partner;
  expect(await send('rule=r-1&edition=1&beds.icu=10')).toMatchObject({ status: 401 });
  expect(await send('rule=r-1', await openToken(deliver)?.get())).toMatchObject({ status: 200 });
  expect([partner.received.length, partner.refused.length]).toEqual([0, 2]);
});

test('whose secret is wrong is told in the words of the county', async () => {
  const { partner, deliver } = await open();
  await using _ = partner;
  const oauth = deliver.auth.oauth2ClientCredentials;
  if (!oauth) throw new Error('it asks for no token');
  const wrong = { ...deliver, auth: { oauth2ClientCredentials: { ...oauth, clientSecret: 'planted-wrong' } } };
  await expect(openToken(wrong)?.get()).rejects.toThrow(
    'token endpoint answered 401 invalid_client: the county does not know this client, or its secret',
  );
});

// Without TLS whoever is on the way reads the partner's data and credentials, and may answer in its name: plain http goes only to
// addresses that are listed, whatever else is listed, and it is the address connected to that counts.
import { join } from 'node:path';
import { createJwtVerifier } from '@ess/runtime/access/jwt.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { Sender } from '@ess/worker/send/sender.ts';
import { OAuthToken } from '@ess/worker/send/token/oauth-token.ts';
import { describe, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { RawServer } from '../fakes/raw-server.ts';
import { clientCredentials } from '../harness/data/client-credentials.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

/** Public addresses, in several spellings; none of them is ever connected to. */
const PUBLIC = ['http://8.8.8.8/x', 'http://[2606:4700::1111]/x', 'http://134744072/x', 'http://[::ffff:8.8.8.8]/x'];

const answerOf = async (url: string, allow: readonly string[]): Promise<unknown> => {
  const sender = new Sender({ url, allow, connections: 1 });
  try {
    return await new Promise((done) => sender.send({ headers: {}, body: '{}' }, 2_000, undefined, done));
  } finally {
    await sender.close();
  }
};
const refused = { kind: 'unreachable', code: 'ESS_PLAIN_HTTP_REFUSED' };

describe('a delivery', () => {
  test.each(PUBLIC)('never goes to %s because another network is listed', async (url) => {
    for (const allow of [[], ['10.0.0.0/8'], ['127.0.0.0/8', 'fd00::/8', '8.8.4.4']])
      expect(await answerOf(url, allow)).toEqual(refused);
  });

  test.each(['localhost', '127.0.0.1'])('goes to %s only where it is listed', async (host) => {
    await using partner = await FakePartner.start();
    const url = `http://${host}:${partner.port}/`;
    expect(await answerOf(url, ['10.0.0.0/8', '::2'])).toEqual(refused);
    expect(partner.connections).toBe(0);
    expect(await answerOf(url, ['127.0.0.1'])).toMatchObject({ kind: 'answered', status: 200 });
  });
});

test('nor do the credentials for a token', async () => {
  await using server = await RawServer.start();
  const ask = (tokenUrl: string, allow: readonly string[]) =>
    new OAuthToken({ credentials: clientCredentials(tokenUrl), allow }).get();
  for (const url of [...PUBLIC, `${server.origin}/token`, `${server.origin.replace('127.0.0.1', 'localhost')}/token`])
    await expect(ask(url, ['10.0.0.0/8'])).rejects.toThrow('ESS_PLAIN_HTTP_REFUSED');
  expect(server.requests).toBe(0);
  await expect(ask(`${server.origin}/token`, ['127.0.0.0/8'])).rejects.toThrow('ECONNRESET');
  expect(server.requests).toBe(1);
});

test.each([...PUBLIC, 'http://10.1.2.3/jwks'])('keys of tokens are not taken from %s', async (jwksUrl) => {
  let why = '';
  const verify = createJwtVerifier({ issuer: 'i', audience: 'a', keys: { jwksUrl } }, (error) => {
    why = String(error);
  });
  const token = `${btoa('{"alg":"ES256"}')}.${btoa('{}')}.AAAA`.replaceAll('=', '');
  expect(await verify(token)).toEqual({ ok: false, reason: 'keys-away' });
  expect(why).toContain('ESS_PLAIN_HTTP_REFUSED');
});

test('they are taken from this machine by its name too', async () => {
  await using server = await RawServer.start();
  const jwksUrl = `${server.origin.replace('127.0.0.1', 'localhost')}/jwks`;
  await createJwtVerifier({ issuer: 'i', audience: 'a', keys: { jwksUrl } })(
    `${btoa('{"alg":"ES256"}')}.${btoa('{}')}.AAAA`.replaceAll('=', ''),
  );
  expect(server.requests).toBe(1);
});

describe('ess connector check and probe', () => {
  const at = (allow: readonly string[], deliver: object) => ({ deliver: { allow, ...deliver } });

  test.each<readonly [name: string, url: string, allow: readonly string[], told: string | undefined]>([
    ['a public address', 'http://8.8.8.8/x', ['10.0.0.0/8'], 'plain http is allowed only to listed networks'],
    [
      'the same in other digits',
      'http://0x08080808/x',
      ['10.0.0.0/8'],
      'plain http is allowed only to listed networks',
    ],
    ['IPv6', 'http://[2606:4700::1111]/x', ['fd00::/8'], 'plain http is allowed only to listed networks'],
    ['a name without any list', 'http://partner.example/x', [], 'plain http is allowed only to listed networks'],
    ['a listed public address', 'http://8.8.8.8/x', ['8.8.8.0/24'], undefined],
    ['a private address over TLS', 'https://10.1.2.3/x', [], 'is not a public address'],
    ['a public address over TLS', 'https://8.8.8.8/x', [], undefined],
  ])('%s', async (_name, url, allow, told) => {
    await using cleanup = new Cleanup();
    const root = temporaryFolder(cleanup);
    writeConnector(root, 'partner', 'rules', url, at(allow, {}));
    const oauth = {
      auth: { oauth2ClientCredentials: { tokenUrl: url, clientId: 'ess', clientSecret: `\${TOKENS_SECRET}` } },
    };
    writeConnector(root, 'tokens', 'rules', 'https://partner.example/', at(allow, oauth));
    for (const partner of ['partner', 'tokens']) {
      const { problems } = compilePartner(root, partner, { env: () => 'a-secret-of-tokens' });
      const messages = JSON.stringify(problems ?? []);
      if (told === undefined) expect(messages).not.toMatch(/plain http|public address/);
      else expect(messages).toContain(told);
    }
  });

  test('a probe says that nothing was sent, and why', async () => {
    await using cleanup = new Cleanup();
    await using partner = await FakePartner.start();
    const root = temporaryFolder(cleanup);
    writeConnector(root, 'partner', 'rules', 'https://partner.example/', at(['10.0.0.0/8'], {}));
    await using command = new EssProcess(
      ['connector', 'probe', 'partner', '--url', `http://localhost:${partner.port}/`, '--connectors', join(root)],
      {},
    );
    expect(await command.exited).toBe(1);
    expect(command.stdout).toContain('not sent');
    expect(command.stdout).toContain('ESS_PLAIN_HTTP_REFUSED: add the network of the host to deliver.allow');
    expect(partner.connections).toBe(0);
  });
});

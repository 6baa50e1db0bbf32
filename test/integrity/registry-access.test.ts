// Whatever a registry asks of who comes: a user, a token, a certificate, its own authority. Workers and commands bring it, from
// settings or from the address, and show it to nobody. When one address does not answer the next one is asked.
import { randomBytes } from 'node:crypto';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import type { ProxyOptions } from '../fakes/registry-proxy.ts';
import { RegistryProxy } from '../fakes/registry-proxy.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const SECRET = `planted-p@ss/w:rd-${randomBytes(8).toString('hex')}`;
const TOKEN = `planted.token-${randomBytes(8).toString('hex')}`;
const BASIC = Buffer.from(`k@y:${SECRET}`).toString('base64');
const SHOWN_NOWHERE = [SECRET, encodeURIComponent(SECRET), TOKEN, BASIC, 'PRIVATE KEY'];
const leaked = (text: string) => SHOWN_NOWHERE.filter((secret) => text.includes(secret));

const server = makeCertificate('registry');
const client = makeCertificate('ess');
const CERTIFICATES = {
  SCHEMA_REGISTRY_SSL_CA: server.cert,
  SCHEMA_REGISTRY_SSL_CERT: client.cert,
  SCHEMA_REGISTRY_SSL_KEY: client.key,
};
/** Nobody listens there; port 9 is one that fetch does not even try. */
const DEAD = 'http://127.0.0.1:2/apis';

interface Case {
  readonly name: string;
  readonly asks: ProxyOptions;
  readonly env: (proxy: RegistryProxy) => Record<string, string>;
}

const CASES: readonly Case[] = [
  {
    name: 'a user in the address, percent-encoded',
    asks: { authorization: `Basic ${BASIC}` },
    env: (proxy) => ({ SCHEMA_REGISTRY_URL: proxy.url(`k%40y:${encodeURIComponent(SECRET)}`) }),
  },
  {
    name: 'a user in the settings, behind an address that is dead',
    asks: { authorization: `Basic ${BASIC}` },
    env: (proxy) => ({
      SCHEMA_REGISTRY_URL: `${DEAD},${proxy.url()}`,
      SCHEMA_REGISTRY_USERNAME: 'k@y',
      SCHEMA_REGISTRY_PASSWORD: SECRET,
    }),
  },
  {
    name: 'a token, over TLS of a private authority',
    asks: { tls: server, authorization: `Bearer ${TOKEN}` },
    env: (proxy) => ({
      SCHEMA_REGISTRY_URL: proxy.url(),
      SCHEMA_REGISTRY_TOKEN: TOKEN,
      SCHEMA_REGISTRY_SSL_CA: server.cert,
    }),
  },
  {
    name: 'a certificate of ours',
    asks: { tls: server, clientCa: client.cert },
    env: (proxy) => ({ SCHEMA_REGISTRY_URL: proxy.url(), ...CERTIFICATES }),
  },
];

test.concurrent.each(CASES)('$name lets worker and commands in, and is shown nowhere', async ({ asks, env }) => {
  await using stack = await openTestStack();
  await using proxy = await RegistryProxy.start(stack.registry, asks);
  await using partner = await FakePartner.start();
  const settings = { ...env(proxy), ESS_LOG_LEVEL: 'debug' };
  await using line = await Pipeline.open(stack, partner, { env: () => settings });
  await line.source.publish([makeRule('a', 1)]);
  const worker = line.spawn();
  await partner.until((received) => received.length === 1);
  await line.drained();
  const metrics = await line.metrics(worker);
  expect(proxy.passed).toContainEqual(expect.stringMatching(/^\/schemas\/ids\/\d+$/));

  const said: string[] = [];
  for (const args of [['status', line.partner], ['schemas', 'check'], ['config']]) {
    const command = line.ess(args, settings);
    expect([args[0], await command.exited]).toEqual([args[0], 0]);
    said.push(command.output);
  }
  await worker.signal('SIGTERM');
  expect(leaked([line.output, metrics, ...said].join('\n'))).toEqual([]);
});

test.concurrent('one that is refused waits, is told of with the remedy, and shows nothing of what it brought', async () => {
  await using stack = await openTestStack();
  await using proxy = await RegistryProxy.start(stack.registry, { tls: server, authorization: 'Bearer another' });
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  const env = { SCHEMA_REGISTRY_URL: proxy.url(), SCHEMA_REGISTRY_TOKEN: TOKEN };
  const untrusted = line.ess(['schemas', 'check'], env);
  expect(await untrusted.exited).toBe(1);
  expect(untrusted.output).toMatch(/does not answer: \w+; is its authority in SCHEMA_REGISTRY_SSL_CA\?/);
  const refused = line.ess(['schemas', 'check'], { ...env, SCHEMA_REGISTRY_SSL_CA: server.cert });
  expect(await refused.exited).toBe(1);
  expect(refused.output).toMatch(/answered 401: .*SCHEMA_REGISTRY_USERNAME and _PASSWORD, or SCHEMA_REGISTRY_TOKEN/);
  const both = line.ess(['schemas', 'check'], { SCHEMA_REGISTRY_URL: `${DEAD},${proxy.url()}` });
  expect(await both.exited).toBe(1);
  expect(both.output).toMatch(/127\.0\.0\.1:2\/apis does not answer: ECONNREFUSED; .* does not answer: \w+;/);

  await line.source.publish([makeRule('a', 1)]);
  const worker = line.spawn({ ...env, SCHEMA_REGISTRY_SSL_CA: server.cert });
  const waiting = await worker.logged('program.waits', (told) => told['for'] === 'the schema registry');
  expect(JSON.stringify(waiting)).toContain('answered 401');
  expect(partner.received).toEqual([]);
  expect(leaked([line.output, untrusted.output, refused.output, both.output].join('\n'))).toEqual([]);
});

import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import type { BridgeMetrics } from '@ess/runtime/metrics.ts';
import { bridgeMetrics } from '@ess/runtime/metrics.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { HUB_LIMITS, Hub } from '../live/hub.ts';
import { Principals } from '../principals.ts';
import { PublicLog } from '../topic/public-log.ts';
import { View } from '../topic/view.ts';
import { publicPages } from './interface-pages.ts';
import { Routes } from './routes.ts';

function connector(partner: string, target: string, hash: string, enabled = true): Connector {
  const yaml = `partner: ${partner}
source: { topic: rules }
mapping: mapping.json
deliver: { url: "https://x.example/" }
stream: { enabled: ${enabled} }
access: { apiKeyHashes: ["${hash}"] }
`;
  const files = new Map([
    ['connector.yaml', yaml],
    ['mapping.json', JSON.stringify({ fields: { title: target } })],
  ]);
  const folder = { path: `connectors/${partner}`, partner, files };
  const { connector: made, problems } = compileConnector(folder, { env: () => undefined, sourceSchema: readSchema });
  expect(problems).toEqual([]);
  return made as Connector;
}

/** A hub over a topic that holds nothing, and in which nothing comes. */
function quietHub(metrics: BridgeMetrics): Promise<Hub> {
  const closed = Promise.withResolvers<readonly []>();
  const source = {
    partitions: [0],
    bounds: async () => [{ low: 0, end: 0 }],
    offsetsAt: async () => [undefined],
    fetch: () => closed.promise,
    refresh: async () => {},
    leaders: () => new Map([['1', [0]]]),
    close: async () => closed.resolve([]),
  };
  return Hub.start({
    tail: source,
    source,
    publicLog: new PublicLog('public.rules'),
    topicIds: { of: async () => undefined, watch: () => () => undefined },
    decode: async () => [],
    metrics,
    onResized: () => {},
    log: createLog('test', { level: 'silent' }),
    history: { prepare: () => {}, make: () => Promise.reject(new Error('nobody reads here')), reuse: () => {} },
    limits: { ...HUB_LIMITS, ringBytes: 1_000, historyBytes: 1_000, catchUpRate: 1_000, slow: 'catch-up' },
  });
}

/** The public paths of a bridge without Kafka. */
async function opened() {
  const metrics = bridgeMetrics();
  const hub = await quietHub(metrics);
  const principals = new Principals(undefined);
  const routes = new Routes({
    hub,
    principals,
    metrics,
    log: createLog('test', { level: 'silent' }),
    limits: { clients: 1, clientsPerPartner: 1, retryMs: 1, busyRetryMs: 1 },
    replaysPerPartner: 1,
    guard: { streams: () => undefined },
    pages: publicPages(false),
  });
  const server = createServer((request: IncomingMessage, response) => routes.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    put(one: Connector) {
      principals.put(one);
      hub.setView(new View(one, ['key'], { unmapped: () => undefined }, () => undefined));
    },
    async get(path: string, key?: string) {
      const answer = await fetch(url + path, { headers: key === undefined ? {} : { 'x-api-key': key } });
      return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
    },
    async [Symbol.asyncDispose]() {
      await hub.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PATH = '/schemas/body.json';
const fieldsOf = ({ text }: { text: string }) => Object.keys((JSON.parse(text) as { properties: object }).properties);

test('each partner is shown its own schema, as its connector is now, and nobody else is shown one', async () => {
  await using bridge = await opened();
  const [a, b, off] = [newApiKey(), newApiKey(), newApiKey()];
  bridge.put(connector('a', 'headline', a.hash));
  bridge.put(connector('b', 'subject', b.hash));
  bridge.put(connector('c', 'name', off.hash, false));
  const shown = await bridge.get(PATH, a.key);
  expect([shown.status, shown.type, fieldsOf(shown)]).toEqual([200, 'application/schema+json', ['headline']]);
  expect(fieldsOf(await bridge.get(PATH, b.key))).toEqual(['subject']);
  bridge.put(connector('a', 'caption', a.hash));
  expect(fieldsOf(await bridge.get(PATH, a.key))).toEqual(['caption']);

  const strangers = [await bridge.get(PATH), await bridge.get(PATH, 'ess_unknown'), await bridge.get(`${PATH}?x=1`)];
  expect(new Set(strangers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(strangers[0]?.status).toBe(401);
  expect((await bridge.get(PATH, off.key)).status).toBe(403);
});

test('the documents are for everybody, and every path that they name is there', async () => {
  await using bridge = await opened();
  for (const path of ['/openapi.json', '/asyncapi.json']) {
    const page = await bridge.get(path);
    expect([page.status, page.type]).toEqual([200, 'application/json; charset=utf-8']);
  }
  const { paths } = JSON.parse((await bridge.get('/openapi.json')).text) as { paths: object };
  for (const path of Object.keys(paths)) expect([path, (await bridge.get(path)).status]).toEqual([path, 401]);
  expect((await bridge.get('/schemas/a.json')).status).toBe(404);
});

// The public paths of a bridge without Kafka, over real sockets: for what is answered before anything is read.
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { publicPages } from '@ess/bridge/http/interface-pages.ts';
import { Routes } from '@ess/bridge/http/routes.ts';
import { HUB_LIMITS, Hub } from '@ess/bridge/live/hub.ts';
import { Principals } from '@ess/bridge/principals.ts';
import { Receipts } from '@ess/bridge/receipts/receipts.ts';
import { PublicLog } from '@ess/bridge/topic/public-log.ts';
import { View } from '@ess/bridge/topic/view.ts';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import type { BridgeMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import { bridgeMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import type { Tracer } from '@ess/runtime/trace/tracer.ts';
import { findSubject } from '@ess/schemas/catalog.ts';

/** The only key of its cursors. */
export const QUIET_KEY = 'key';

/** @param more of its `stream` */
export function streamingPartner(partner: string, target: string, hash: string, enabled = true, more = ''): Connector {
  const yaml = `partner: ${partner}
source: { topic: rules }
mapping: mapping.json
deliver: { url: "https://x.example/" }
stream: { enabled: ${enabled}${more} }
access: { apiKeyHashes: ["${hash}"] }
`;
  const files = new Map([
    ['connector.yaml', yaml],
    ['mapping.json', JSON.stringify({ fields: { title: target } })],
  ]);
  const folder = { path: `connectors/${partner}`, partner, files };
  const { connector: made, problems } = compileConnector(folder, { env: () => undefined, sourceSchema: findSubject });
  if (made === undefined) throw new Error(JSON.stringify(problems));
  return made;
}

/** A hub over a topic in which nothing comes. */
function quietHub(metrics: BridgeMetrics, { low, end }: Bounds): Promise<Hub> {
  const closed = Promise.withResolvers<readonly []>();
  const source = {
    partitions: [0],
    bounds: async () => [{ low, end }],
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

interface Bounds {
  readonly low: number;
  readonly end: number;
}

/** @param bounds of the topic's only partition; what is in it cannot be read @param tracer absent: no spans are exported */
export async function quietBridge(bounds: Bounds = { low: 0, end: 0 }, tracer?: Tracer) {
  const metrics = bridgeMetrics();
  const hub = await quietHub(metrics, bounds);
  const principals = new Principals(undefined);
  const receipts = new Receipts(hub.publicLog);
  const routes = new Routes({
    hub,
    principals,
    receipts,
    metrics,
    log: createLog('test', { level: 'silent' }),
    limits: { clients: 9, clientsPerPartner: 9, retryMs: 1, busyRetryMs: 1 },
    replaysPerPartner: 9,
    guard: { streams: () => undefined },
    pages: publicPages(false),
    tracer,
  });
  const handle = routes.handle.bind(routes);
  const server = createServer((request: IncomingMessage, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    hub,
    metrics,
    receipts,
    /** For a listener of another kind. */
    handle,
    put(one: Connector) {
      principals.put(one);
      hub.setView(new View(one, [QUIET_KEY], { unmapped: () => undefined }, () => undefined));
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

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// From what a connector says of its requests to the bytes that arrive at a socket: compiled, filled and sent as a worker does it.
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector, Deliver } from '@ess/domain/connector/connector.ts';
import { outgoingOf } from '@ess/domain/connector/outgoing.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { DeliveryFacts } from '@ess/worker/send/request.ts';
import { buildBatchRequest, buildRequest } from '@ess/worker/send/request.ts';
import { signed } from '@ess/worker/send/signing/signature.ts';
import { stringify } from 'yaml';
import { closeSenders, openSender, PATIENT_MS } from './sender.ts';

const nullable = (type: unknown) => ({ type: ['null', type], default: null });
const SCHEMA = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'ruleId', type: 'string' },
    { name: 'status', type: 'string' },
    { name: 'region', ...nullable('string') },
    { name: 'beds', ...nullable('long') },
    { name: 'share', ...nullable('double') },
    { name: 'open', ...nullable('boolean') },
    { name: 'day', ...nullable({ type: 'int', logicalType: 'date' }) },
    { name: 'at', ...nullable({ type: 'long', logicalType: 'timestamp-millis' }) },
    { name: 'price', ...nullable({ type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }) },
    { name: 'kind', ...nullable({ type: 'enum', name: 'Kind', symbols: ['ICU', 'ER'] }) },
    { name: 'labels', type: { type: 'map', values: 'string' } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    {
      name: 'place',
      ...nullable({ type: 'record', name: 'Place', fields: [{ name: 'zone', type: ['null', 'string'] }] }),
    },
  ],
} as unknown as AvroSchemaJson;
export const RECORD = {
  ...{ ruleId: 'r-1', status: 'active', region: 'North East', beds: 12, share: 0.5, open: true, day: 20781 },
  ...{ at: 1_795_000_000_123, price: Buffer.from([0x04, 0xe2]), kind: 'ICU', labels: { zone: 'Z/1', 'a b': 'x' } },
  ...{ tags: ['a', 'b&c'], place: { zone: 'Süd' } },
};
export const FACTS: DeliveryFacts = {
  ...{ id: 'w-1', eventId: 'e-1', version: 7, attempt: 2, nowMs: 1_795_000_000_999 },
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
};
export let port = 0;
let arrived = Promise.withResolvers<string>();
const sockets = new Set<Socket>();
/** Answers when all that the head announces is there. */
const server = createServer((socket) => {
  sockets.add(socket);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2))?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + length) return;
    arrived.resolve(text);
    text = '';
    socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
});
/** For `beforeAll`. */
export async function openWire(): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
}

/** For `afterAll`. */
export async function closeWire(): Promise<void> {
  await closeSenders();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

export interface Asked {
  /** What `deliver` says beside the URL. */
  readonly deliver?: Record<string, unknown>;
  /** Behind the host. */
  readonly path?: string;
  readonly onLeave?: unknown;
  readonly mapping?: object;
  readonly record?: Record<string, unknown>;
}

export function connectorOf({ deliver, path = '/rules', onLeave, mapping }: Asked): Connector {
  const url = `http://127.0.0.1:${port}`;
  const leave = typeof onLeave === 'object' ? { ...onLeave } : onLeave;
  if (typeof leave === 'object' && leave !== null && 'url' in leave) leave.url = `${url}${leave.url}`;
  const yaml = stringify({
    partner: 'clinic',
    source: { topic: 'rows', key: 'ruleId' },
    mapping: 'mapping.json',
    deliver: { url: url + path, allow: ['127.0.0.0/8'], ...deliver },
    ...(leave === undefined ? {} : { onLeave: leave }),
  });
  const texts = {
    'connector.yaml': yaml,
    'mapping.json': JSON.stringify(mapping ?? { fields: { beds: 'beds' } }),
    'withdrawal.json': '{ "fields": { "ruleId": "gone" } }',
  };
  const env: Record<string, string> = {
    CLINIC_TENANT: 'te/nant',
    CLINIC_TOKEN: 'planted-token',
    CLINIC_ODD: '{ruleId}',
  };
  const { connector, problems } = compileConnector(
    { path: 'connectors/clinic', partner: 'clinic', files: new Map(Object.entries(texts)) },
    { env: (name) => env[name], sourceSchema: () => SCHEMA },
  );
  if (!connector) throw new Error(problems.map(formatProblem).join('\n'));
  return connector;
}

/** As the worker makes it of a record. @returns why it cannot be made */
function requestOf(connector: Connector, record: Record<string, unknown>) {
  const deliver = connector.deliver as Deliver;
  const made = outgoingOf(connector, record, record['status'] === 'withdrawn');
  if (!made.ok) return made.reason;
  const { document, parts } = made;
  return deliver.batch
    ? buildBatchRequest(deliver, [{ document, facts: FACTS }], undefined, parts)
    : buildRequest(deliver, document, FACTS, undefined, parts);
}

/** @returns all that arrived at the socket, or why nothing was sent */
export async function sent(connector: Connector, record: Record<string, unknown>): Promise<string> {
  const made = requestOf(connector, record);
  if (typeof made === 'string') return made;
  const request = signed(made, (connector.deliver as Deliver).signSecrets);
  arrived = Promise.withResolvers();
  const sender = openSender((connector.deliver as Deliver).url, { connections: 1 });
  const answer = new Promise<Answer>((resolve) => sender.send(request, PATIENT_MS, undefined, resolve));
  const back = await answer;
  if (back.kind !== 'answered') throw new Error(JSON.stringify(back));
  const text = Buffer.from(await arrived.promise, 'latin1').toString();
  await sender.close();
  return text;
}

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// The doors of a clinic without Kafka, over real sockets: one for each way to ring. What they publish is kept.
import type { AddressInfo } from 'node:net';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { openDoor } from '@ess/inbound/door.ts';
import type { Doors } from '@ess/inbound/doors.ts';
import { createGate, createWall } from '@ess/inbound/gate.ts';
import type { HookTopic, Ring } from '@ess/inbound/hook-topic.ts';
import { DoorServer } from '@ess/inbound/server.ts';
import { findSubject } from '@ess/schemas/catalog.ts';

export const CLINIC_SECRET = 'the-secret-of-the-clinic';
const inBody = '{ body: { auth: "${CLINIC_SECRET}" } }';
const inHeader = '{ header: { x-key: "${CLINIC_SECRET}" } }';
const token = '{ parameter: token, value: "${CLINIC_SECRET}" }';
const FILES = {
  'connector.yaml': `
partner: clinic
source: { topic: rules }
mapping: m.json
stampRequired: true
inbound:
  - { path: /beds, topic: hospital.bedChange, auth: ${inBody}, mapping: b.json }
  - { path: /form, topic: hospital.bedChange, auth: ${inBody}, mapping: b.json, accept: [json, form] }
  - { path: /only-form, topic: hospital.bedChange, auth: ${inHeader}, mapping: b.json, accept: [form] }
  - { path: /events, topic: hospital.bedChange, auth: ${inHeader}, mapping: data.json }
  - { path: /slack, topic: hospital.bedChange, auth: ${inBody}, mapping: b.json, handshake: { challenge: { parameter: challenge, token: ${token} } } }
  - { path: /graph, topic: hospital.bedChange, auth: ${inBody}, mapping: b.json, handshake: { challenge: { parameter: validationToken } } }
  - { path: /rules, topic: rules, auth: ${inHeader}, mapping: r.json }
`,
  'm.json': '{"fields":{"title":"title"}}',
  'b.json':
    '{"fields":{"bedsFree":"beds.free","ward":"ward","changedAt":"at"},"values":{"ward":{"Burns":55,"ICU":56}}}',
  'data.json': '{"fields":{"bedsFree":"data.free"}}',
  'r.json':
    '{"fields":{"ruleId":"id","version":"version","status":"state","scope":"audience","title":"title","pauseSurveys":"pause","auditStamp.id":"approval.id","auditStamp.approvedBy":"approval.by","auditStamp.approvedAt":"approval.at"}}',
};

export interface ClinicRequest {
  readonly path?: string;
  /** null: none is sent. */
  readonly type?: string | null;
  readonly body?: string | object;
  readonly headers?: Record<string, string>;
}

export function openClinic() {
  const folder = { path: 'clinic', partner: 'clinic', files: new Map(Object.entries(FILES)) };
  const { connector, problems } = compileConnector(folder, { env: () => CLINIC_SECRET, sourceSchema: findSubject });
  if (connector === undefined) throw new Error(JSON.stringify(problems));
  return openDoorsOf(connector);
}

/** The doors of one connector, as `ess inbound` opens them, but for Kafka. */
export async function openDoorsOf(connector: Connector) {
  const rung: Ring[] = [];
  /** So many are in Kafka, and it is not known. */
  const state = { away: 0 };
  const publish = async (ring: Ring) => {
    rung.push(ring);
    if (state.away > 0) {
      state.away -= 1;
      throw new EssError('ESS_BROKER', 'Kafka is away');
    }
    return 'published' as const;
  };
  const doors = connector.inbound.map((hook) =>
    openDoor(connector, hook, hook.schema!, {
      gate: createGate(hook.auth, connector.access, undefined),
      rate: new RateLimit(Number.POSITIVE_INFINITY, 1_000),
      encode: (record) => Buffer.from(JSON.stringify(record)),
      topic: { publish } as unknown as HookTopic,
    }),
  );
  const server = new DoorServer({
    doors: { at: (path) => doors.find(({ hook }) => hook.path === path) } as Doors,
    wall: createWall(undefined),
    anonymousPerAddress: 256,
    onCut: () => undefined,
    proxies: [],
    clientSubjectHeader: 'x-subject',
    pages: () => new Map(),
    onAnswer: () => undefined,
    onFault: (error) => {
      throw error;
    },
  });
  await server.server.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(server.server.server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    url,
    /** What was published, request by request. */
    rung,
    async send({ path = '/beds', type = 'application/json', body = '', headers = {} }: ClinicRequest) {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const all = { ...(type !== null && { 'content-type': type }), ...headers };
      const answer = await fetch(url + path, { method: 'POST', headers: all, body: bytes });
      return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text(), answer };
    },
    close: () => server.drain(),
  });
}

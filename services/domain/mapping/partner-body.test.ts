import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { compileConnector } from '../connector/compile.ts';
import type { Connector } from '../connector/connector.ts';

const MAPPING = '{ "fields": { "minIcuBeds": "hold.beds", "ruleId": "order" } }';
const WITHDRAWAL = '{ "fields": { "ruleId": "order" }, "defaults": { "gone": true } }';
const CONTRACT = JSON.stringify({
  type: 'object',
  required: ['token', 'hold', 'login'],
  properties: { hold: { type: 'object', required: ['beds'], properties: { beds: { type: 'integer', minimum: 1 } } } },
});

function connector(yaml: string, files: Readonly<Record<string, string>> = {}): Connector {
  const folder = {
    path: 'connectors/clinic',
    partner: 'clinic',
    files: new Map(
      Object.entries({
        'connector.yaml': `partner: clinic\nsource: { topic: rules }\nmapping: mapping.json\n${yaml}`,
        'mapping.json': MAPPING,
        ...files,
      }),
    ),
  };
  const { connector: made, problems } = compileConnector(folder, { env: () => 'a-secret', sourceSchema: findSubject });
  expect(problems).toEqual([]);
  return made as Connector;
}

function validator(schema: object | undefined): (body: unknown) => boolean {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(schema as object);
}

const DELIVER = `
deliver:
  url: https://clinic.example/
  auth: { body: { token: "\${CLINIC_TOKEN}", login.secret: "\${CLINIC_TOKEN}" } }
`;

test('a delivery has the credentials in its body, a document of the stream has not; both keep to the contract', () => {
  const { deliver, stream } = connector(`stream: { enabled: true }${DELIVER}`, { 'contract.schema.json': CONTRACT });
  const isDelivered = validator(deliver?.bodySchema);
  const isStreamed = validator(stream.bodySchema);
  const document = { order: 'r', hold: { beds: 3 } };
  expect(isStreamed(document)).toBe(true);
  expect(isDelivered({ ...document, token: 's', login: { secret: 's' } })).toBe(true);
  expect(isStreamed({ ...document, token: 's' })).toBe(false);
  expect(isDelivered({ ...document, token: 's' })).toBe(false);
  for (const beds of [0, null]) expect(isStreamed({ order: 'r', hold: { beds } })).toBe(false);
});

test('a withdrawal is a body too, and nothing between the two is', () => {
  const files = { 'withdrawal.json': WITHDRAWAL };
  const isStreamed = validator(connector('stream: { enabled: true }\nonLeave: send', files).stream.bodySchema);
  expect(isStreamed({ order: 'r', hold: { beds: null } })).toBe(true);
  expect(isStreamed({ order: 'r', gone: true })).toBe(true);
  expect(isStreamed({ order: 'r' })).toBe(false);
  expect(isStreamed({ order: 'r', gone: true, hold: { beds: 1 } })).toBe(false);
});

test('a batch is an array of them, each with its id', () => {
  const { deliver } = connector('deliver: { url: "https://clinic.example/", batch: { maxRecords: 10, maxWaitMs: 5 } }');
  const isDelivered = validator(deliver?.bodySchema);
  const data = { order: 'r', hold: { beds: 1 } };
  expect(isDelivered([{ id: 'a', eventId: null, version: 1, attempt: 1, data }])).toBe(true);
  expect(isDelivered([{ id: 'a', eventId: null, version: 1, attempt: 1 }])).toBe(false);
  expect(isDelivered(data)).toBe(false);
});

test('who does not stream has no document of the stream', () => {
  expect(connector(DELIVER).stream).toEqual({ enabled: false });
});

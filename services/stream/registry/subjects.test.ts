import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Subjects } from './subjects.ts';

const RULE = { type: 'record', name: 'Rule', fields: [] } as const;
/** Whose default no number holds. */
const EXACT = '{"type":"record","name":"R","fields":[{"name":"f","type":"long","default":9223372036854775807}]}';
const asked: string[] = [];
/** Path → status and body, as the Confluent API answers. */
const answers: Record<string, [number, string]> = {
  'GET /subjects/rules-value/versions/latest': [
    200,
    JSON.stringify({ id: 7, version: 2, schema: JSON.stringify(RULE) }),
  ],
  'GET /subjects/exact-value/versions/latest': [200, JSON.stringify({ id: 8, version: 1, schema: EXACT })],
  'GET /subjects/json-value/versions/latest': [
    200,
    JSON.stringify({ id: 9, version: 1, schemaType: 'JSON', schema: '{"type":"object"}', references: [{}] }),
  ],
  'GET /subjects/proto-value/versions/latest': [
    200,
    JSON.stringify({ id: 10, version: 1, schemaType: 'PROTOBUF', schema: 'message R {}' }),
  ],
  'GET /subjects/none-value/versions/latest': [404, '{"error_code":40401,"message":"not found"}'],
  'POST /subjects/rules-value/versions': [200, '{"id":7}'],
  'POST /subjects/changed-value/versions': [409, '{"error_code":409}'],
  'PUT /config/rules-value': [200, '{"compatibility":"BACKWARD"}'],
  'GET /subjects/busy-value/versions/latest': [503, '{"message":"try later"}'],
  'GET /subjects/page-value/versions/latest': [200, '<html>'],
};
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const line = `${request.method} ${request.url}`;
    asked.push(`${line} ${Buffer.concat(chunks)}`.trim());
    const [status, body] = answers[line] ?? [500, '{}'];
    response.writeHead(status).end(body);
  });
});
let subjects: Subjects;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  subjects = new Subjects(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(() => void server.close());

test('reads the newest schema, registers and sets the compatibility', async () => {
  expect(await subjects.latest('rules-value')).toEqual({ id: 7, version: 2, schema: RULE });
  expect(JSON.stringify((await subjects.latest('exact-value'))?.schema)).toBe(EXACT);
  expect(await subjects.latest('json-value')).toEqual({ id: 9, version: 1, schema: 'not Avro but JSON' });
  expect((await subjects.latest('proto-value'))?.schema).toBe('not Avro but PROTOBUF');
  expect(await subjects.latest('none-value')).toBeUndefined();
  expect(await subjects.register('rules-value', RULE)).toBe(7);
  await subjects.setCompatibility('rules-value', 'BACKWARD');
  expect(asked).toContain(`POST /subjects/rules-value/versions ${JSON.stringify({ schema: JSON.stringify(RULE) })}`);
  expect(asked).toContain('PUT /config/rules-value {"compatibility":"BACKWARD"}');
});

test('a refusal, an outage and a wrong address are told apart', async () => {
  await expect(subjects.register('changed-value', RULE)).rejects.toMatchObject({ code: 'ESS_CONFIG' });
  await expect(subjects.latest('busy-value')).rejects.toMatchObject({
    code: 'ESS_REGISTRY',
    message: expect.stringContaining('503: try later'),
  });
  await expect(subjects.latest('page-value')).rejects.toMatchObject({
    code: 'ESS_REGISTRY',
    message: expect.stringContaining('no schema registry'),
  });
  await expect(new Subjects('http://127.0.0.1:1').latest('x')).rejects.toMatchObject({ code: 'ESS_REGISTRY' });
});

import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSchema, findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { compileEvents } from './door-events.ts';

const HASH = 'a'.repeat(64);
const FIELDS = {
  ruleId: 'ids["a/b~c"]',
  ...Object.fromEntries(['version', 'status', 'scope', 'title'].map((name) => [name, name])),
};
const FILES = {
  'connector.yaml': `partner: clinic\nsource: { topic: rules }\nmapping: r.json\naccess: { apiKeyHashes: ["sha256:${HASH}"] }\ninbound:\n  - { path: /rules, topic: rules, auth: { apiKey: true }, mapping: r.json }\n`,
  'r.json': JSON.stringify({ fields: FIELDS }),
};

test('a fault of a rule is told by a pointer that leads to it, whatever its names hold', () => {
  const { connector, problems } = compileConnector(
    { path: 'clinic', partner: 'clinic', files: new Map(Object.entries(FILES)) },
    { env: () => undefined, sourceSchema: findSubject },
  );
  const hook = connector?.inbound[0];
  if (!connector || !hook) throw new Error(JSON.stringify(problems));
  const read = compileEvents(connector, hook, findSchema('rules') as AvroSchemaJson);
  const body = { ids: { 'a/b~c': '' }, version: 1, status: 'active', scope: 'Hospital', title: 'x' };
  expect(read({ documents: [body], isList: true }, undefined)).toEqual({
    ok: false,
    faults: [expect.objectContaining({ pointer: '#/0/ids/a~1b~0c' })],
  });
});

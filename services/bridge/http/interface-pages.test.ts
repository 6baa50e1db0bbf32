import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema, SCHEMAS } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { adminPages, publicPages } from './interface-pages.ts';

const namesOf = (topic: string) => (readSchema(topic) as AvroRecord).fields.map(({ name }) => name);
const read = (pages: ReturnType<typeof publicPages>, path: string) => JSON.parse(pages.get(path)?.body ?? 'null');

test('outside there is the public topic alone: no other topic, no field that only we have', () => {
  const pages = publicPages(true);
  expect([...pages.keys()]).toEqual(['/openapi.json', '/asyncapi.json']);
  expect(Object.keys(read(pages, '/asyncapi.json').channels)).toEqual(['stream', 'public.rules']);
  const text = [...pages.values()].map(({ body }) => body).join('\n');
  const internal = [
    ...SCHEMAS.map(({ topic }) => topic).filter((topic) => topic !== 'public.rules' && topic !== 'rules'),
    // OpenAPI has a word "parameters" too.
    ...namesOf('rules').filter((name) => name !== 'parameters' && !namesOf('public.rules').includes(name)),
  ];
  expect(internal).toContain('publishedBy');
  expect(internal.filter((name) => text.includes(`"${name}"`))).toEqual([]);
});

test('inside there are all topics, each with its schema', () => {
  const { channels } = read(adminPages(false), '/asyncapi.json');
  expect(Object.keys(channels).sort()).toEqual(['stream', ...SCHEMAS.map(({ topic }) => topic)].sort());
  expect(channels['ess.audit'].messages.DeliveryAttempt.payload.schema).toEqual(readSchema('ess.audit'));
});

test('tokens are a way in only where they are taken', () => {
  const ways = (tokens: boolean) => Object.keys(read(publicPages(tokens), '/openapi.json').components.securitySchemes);
  expect(ways(false)).toEqual(['apiKey']);
  expect(ways(true)).toEqual(['apiKey', 'token', 'tokenInQuery']);
});

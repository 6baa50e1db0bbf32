// The examples of docs/connectors.md make what the page says.
import { readFileSync } from 'node:fs';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { compileMapping } from './mapping.ts';

const RESOURCE: AvroRecord = {
  type: 'record',
  name: 'Resource',
  fields: [
    { name: 'code', type: 'string' },
    { name: 'count', type: ['null', 'int'] },
    { name: 'floor', type: 'string' },
  ],
};
const RULE: AvroRecord = {
  type: 'record',
  name: 'Rule',
  fields: [
    { name: 'ruleId', type: 'string' },
    { name: 'scope', type: 'string' },
    { name: 'title', type: 'string' },
    { name: 'region', type: ['null', 'string'] },
    { name: 'minIcuBeds', type: ['null', 'int'] },
    { name: 'publishedAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'resources', type: { type: 'array', items: ['null', RESOURCE] } },
    { name: 'parameters', type: { type: 'map', values: 'string' } },
  ],
};

const page =
  readFileSync(new URL('../../../docs/connectors.md', import.meta.url), 'utf8')
    .split('## What a mapping says')[1]
    ?.split('\n## ')[0] ?? '';
const record = JSON.parse(/```json\n(\{ "ruleId"[^`]*)```/.exec(page)?.[1] ?? '') as object;
/** A line of `fields`, and the whole body that it makes. */
const examples = [...page.matchAll(/^\| `("(?!constants|values|defaults)[^`]*)` \| `(\{[^`]*\})` \|$/gm)].map(
  ([, line = '', body = '']) => [line, body] as const,
);

test('the page has an example of each word', () => {
  expect(examples.length).toBeGreaterThanOrEqual(10);
  for (const word of ['as', 'when', 'join', 'with', 'constants', 'values', 'defaults'])
    expect(page).toContain(`"${word}"`);
});

test.each(examples)('%s', (line, body) => {
  const { mapping, problems } = compileMapping({ fields: JSON.parse(`{${line}}`) }, RULE);
  expect(problems).toEqual([]);
  expect(mapping?.forward(record)).toEqual({ ok: true, document: JSON.parse(body) });
});

// Every field of a connector is described so that a person can write it: what it does, its default, and an example that holds.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import connectorSchema from './connector.schema.json' with { type: 'json' };
import type { FieldSchema } from './connector-fields.ts';
import { fieldsOf, pathOf } from './connector-fields.ts';
import { anchorOf } from './connector-page.ts';
import { generatedPage } from './generate.ts';
import mappingSchema from './mapping.schema.json' with { type: 'json' };

const SCHEMAS: ReadonlyArray<readonly [name: string, schema: FieldSchema]> = [
  ['connector', connectorSchema],
  ['mapping', mappingSchema],
];
const page = readFileSync('docs/connectors.md', 'utf8');
/** A message of `ess connector check` ends with it. */
const FIRST_SENTENCE_MAX = 120;

describe.each(SCHEMAS)('%s.schema.json', (_, schema) => {
  const fields = fieldsOf(schema).map((field) => ({ ...field, name: field.steps.join('.') }));
  const namesWhere = (is: (schema: FieldSchema) => boolean): string[] =>
    fields.filter((field) => is(field.schema)).map(({ name }) => name);

  test('is a schema of its draft, with no word that nobody knows: no program looks when it starts', () => {
    expect(() => new Ajv({ allowUnionTypes: true }).compile(schema as object)).not.toThrow();
  });

  test('has many fields, at every depth', () => {
    expect(fields.length).toBeGreaterThan(15);
    expect(Math.max(...fields.map(({ steps }) => steps.length))).toBeGreaterThanOrEqual(4);
  });

  test('each is described', () => {
    expect(namesWhere(({ description = '' }) => !/^.{8,}\.$/.test(description))).toEqual([]);
  });

  test('each has an example', () => {
    expect(namesWhere(({ examples = [] }) => examples.length === 0)).toEqual([]);
  });

  test('the first sentence of each is short: it ends a message', () => {
    const first = ({ description = '' }: FieldSchema) => description.split(/\.(?:\s|$)/)[0] ?? '';
    expect(namesWhere((one) => first(one).length > FIRST_SENTENCE_MAX || first(one).includes('e.g'))).toEqual([]);
  });

  test('each that has a default says it', () => {
    const told = ({ description = '', default: value }: FieldSchema): boolean => {
      const said = /Default: (.+?)\.(?: |$)/.exec(description)?.[1]?.replaceAll('`', '') ?? '';
      return said.includes(typeof value === 'string' ? value : JSON.stringify(value));
    };
    expect(namesWhere((one) => 'default' in one && !told(one))).toEqual([]);
  });

  test.each(fields.flatMap(({ name, schema: one }) => (one.examples ?? []).map((example) => [name, one, example])))(
    'the example of %s is one',
    (_name, one, example) => {
      const validate = new Ajv({ allowUnionTypes: true }).compile(one as object);
      expect([validate(example), validate.errors]).toEqual([true, null]);
    },
  );
});

describe('docs/connectors.md', () => {
  test('is what the schemas say', () => {
    expect(generatedPage(page)).toBe(page);
  });

  test.each([
    ['a description', 'Requests in flight per worker process.', 'Requests in flight.'],
    ['an example', 'concurrency: 16', 'concurrency: 17'],
    ['the contents', '- [The first partner](#the-first-partner)\n', ''],
  ])('what is changed by hand in %s is told', (_, from, to) => {
    expect(page).toContain(from);
    const edited = page.replace(from, to);
    expect(generatedPage(edited)).toBe(page);
    expect(edited).not.toBe(page);
  });

  test('a guide that is renamed is renamed in the contents', () => {
    const renamed = page.replace('\n## The folder\n', '\n## What is in a folder\n');
    expect(generatedPage(renamed)).toContain('- [What is in a folder](#what-is-in-a-folder)\n');
  });

  test('a page without its markers is told', () => {
    expect(() => generatedPage(page.replace('<!-- end of reference -->', ''))).toThrow(
      'lacks the markers of its reference',
    );
  });

  test('each heading has an anchor of its own', () => {
    const text = page.replaceAll(/^```[\s\S]*?^```$/gm, '');
    const anchors = Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => anchorOf(heading));
    expect(anchors.filter((anchor, at) => anchors.indexOf(anchor) !== at)).toEqual([]);
  });

  test('each field of a file has a section in the reference', () => {
    const headings = new Set(Array.from(page.matchAll(/^#{3,4} (.+)$/gm), ([, heading]) => heading));
    const named = SCHEMAS.flatMap(([, schema]) => fieldsOf(schema)).filter(
      ({ steps }) => !/^(\[\]|\*)$/.test(steps.at(-1) ?? ''),
    );
    expect(named.map(({ steps }) => pathOf(steps)).filter((path) => !headings.has(path))).toEqual([]);
  });
});

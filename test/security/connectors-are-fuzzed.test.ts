// Connector folders as nobody would write them: whatever is in the files, compiling one ends, and says what is wrong in words
// instead of throwing. What compiles all the same maps a rule without throwing.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { makeRule } from '../harness/data/rules.ts';
import { fuzz } from '../judges/fuzz.ts';

type Files = ReadonlyMap<string, string>;

const SHIPPED = readdirSync('connectors').filter((name) => statSync(join('connectors', name)).isDirectory());

function filesOf(partner: string): Map<string, string> {
  const folder = join('connectors', partner);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(ya?ml|json)$/.test(name),
  );
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const BASES = SHIPPED.map((partner) => ({ partner, files: filesOf(partner) }));

/** Pieces of text that parsers trip over. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: as it is written in a connector
const NASTY_TEXT = fc.constantFrom(
  ...[
    '[',
    '{',
    '"',
    "'",
    '\t',
    '\u0000',
    '\ufeff',
    '\u202e',
    '&a ',
    '*a',
    '!!binary ',
    '? ',
    '<<: *a',
    '---\n',
    '...\n',
    '%YAML 9.9\n',
    '|',
    '>-',
  ],
  ...[
    '${',
    '${HOSPITAL_',
    '${AWS_SECRET_ACCESS_KEY}',
    '__proto__',
    'constructor',
    '1e999',
    '-0',
    '9'.repeat(400),
    '0x1F',
    '.inf',
    '.nan',
    '2026-13-45',
  ],
  ...[
    '['.repeat(3_000),
    '{"a":'.repeat(3_000),
    'a: '.repeat(500),
    '- '.repeat(2_000),
    'x'.repeat(20_000),
    '.a'.repeat(2_000),
    '&a [*a, *a]\n',
  ],
);

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as it is written in a connector

/** Values that stand where others were. */
const NASTY_VALUE = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '',
    ' ',
    '..',
    '/',
    '%',
    'a.b.c',
    '__proto__',
    '::1',
    '256.1.1.1/99',
    'http://',
    'https://[::',
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [null],
    { a: { b: [] } },
    'x'.repeat(5_000),
    `a${'.a'.repeat(200)}`,
    `a${'[]'.repeat(30)}`,
    'a[].b[0]["c.d"]',
    { to: 'a[0].b', when: 'title', join: ['title', 'scope'], with: '' },
    { to: 'a', when: { scope: ['Hospital', null] }, as: 'date-time' },
    JSON.parse('{"__proto__":{"x":1}}'),
  ),
  fc.jsonValue({ maxDepth: 4 }),
);

/** A schema of any kind, with $refs that lead anywhere. */
const { schema: SCHEMA } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      true,
      false,
      {},
      { $ref: '#' },
      { $ref: '#/$defs/a' },
      { $ref: '#/properties/title' },
      { $ref: 'x' },
      { $async: true },
    ),
    fc.record(
      {
        $ref: fc.constantFrom('#', '#/$defs/a', '#/$defs/b', '#a', 'http://e.example/x', '%', '#/%zz'),
        $id: fc.constantFrom('a', 'http://e.example/x', '#a', 'urn:x:y', ''),
        $schema: fc.constantFrom(
          'http://json-schema.org/draft-07/schema#',
          'https://json-schema.org/draft/2020-12/schema',
          'x',
        ),
        type: fc.constantFrom('object', 'string', 'array', 'number', ['string', 'null'], 'x'),
        pattern: fc.oneof(
          fc.constantFrom('^(a+)+$', '(?=a)', '(a)\\1', '\\p{L}{1,900}', '[', 'a{1,1001}', '(?:a{9}){9}'),
          fc.string(),
        ),
        format: fc.constantFrom('url', 'email', 'regex', 'x'),
        properties: fc.dictionary(fc.constantFrom('title', 'bedCap', 'start', '__proto__', 'k'), tie('schema'), {
          maxKeys: 3,
        }),
        patternProperties: fc.dictionary(fc.constantFrom('^a', '(a|a)*$', '(?!x)'), tie('schema'), { maxKeys: 2 }),
        $defs: fc.record({ a: tie('schema'), b: tie('schema') }),
        items: fc.oneof(tie('schema'), fc.array(tie('schema'), { maxLength: 2 })),
        allOf: fc.array(tie('schema'), { maxLength: 3 }),
        anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
        not: tie('schema'),
        additionalProperties: tie('schema'),
        unevaluatedProperties: tie('schema'),
        enum: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 4 }),
        required: fc.array(fc.constantFrom('title', 'x'), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  ),
}));

type Mutation = (files: Files) => Files;

const cut = (text: string, at: number): number => Math.floor(at * (text.length + 1));

const onText = (change: (text: string, from: number, to: number) => string) =>
  fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.1, noNaN: true })).map(
    ([which, from, length]): Mutation =>
      (files) => {
        const [name, text] = [...files][which % files.size] as [string, string];
        const start = cut(text, from);
        return new Map(files).set(name, change(text, start, start + cut(text, length)));
      },
  );

/** One value, somewhere in a file that can be parsed, becomes another, or its key does. */
const onValue = fc
  .tuple(fc.nat(), fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), NASTY_VALUE, fc.option(fc.string()))
  .map(
    ([which, way, value, key]): Mutation =>
      (files) => {
        const [name, text] = [...files][which % files.size] as [string, string];
        try {
          const document = (name.endsWith('.json') ? JSON.parse(text) : parse(text)) as unknown;
          replace(document, way, value, key);
          return new Map(files).set(name, name.endsWith('.json') ? JSON.stringify(document) : stringify(document));
        } catch {
          return files; // it was broken before
        }
      },
  );

function replace(holder: unknown, [step = 0, ...rest]: readonly number[], value: unknown, key: string | null): void {
  if (typeof holder !== 'object' || holder === null) return;
  const names = Object.keys(holder);
  const name = names[step % names.length];
  if (name === undefined) return;
  const inner = holder as Record<string, unknown>;
  if (rest.length > 0 && typeof inner[name] === 'object') return replace(inner[name], rest, value, key);
  if (key === null) inner[name] = value;
  else {
    inner[key] = inner[name];
    delete inner[name];
  }
}

const MUTATION: fc.Arbitrary<Mutation> = fc.oneof(
  onText((text, from) => text.slice(0, from)),
  onText((text, from, to) => text.slice(0, from) + text.slice(to)),
  onText((text, from, to) => text.slice(0, to) + text.slice(from)),
  fc
    .tuple(NASTY_TEXT, fc.nat())
    .chain(([piece]) => onText((text, from) => text.slice(0, from) + piece + text.slice(from))),
  { weight: 4, arbitrary: onValue },
  {
    weight: 2,
    arbitrary: SCHEMA.map(
      (schema): Mutation =>
        (files) =>
          new Map(files).set('contract.schema.json', JSON.stringify(schema)),
    ),
  },
  fc.constant<Mutation>((files) => new Map([...files].slice(1))),
);

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('whatever is in a folder, compiling it ends, and never throws', () =>
  fuzz(
    'connector folders',
    fc.property(
      fc.constantFrom(...BASES),
      fc.array(MUTATION, { minLength: 1, maxLength: 4 }),
      ({ partner, files }, mutations) => {
        let changed: Files = files;
        for (const mutation of mutations) if (changed.size > 0) changed = mutation(changed);
        const { connector, problems } = compileConnector(
          { path: `connectors/${partner}`, partner, files: changed },
          { env: (name) => (name.endsWith('URL') ? 'http://127.0.0.1:1/x' : SECRET), sourceSchema: findSubject },
        );
        expect(connector === undefined).toBe(problems.length > 0);
        for (const problem of problems) {
          expect(formatProblem(problem)).toContain(`connectors/${partner}`);
          expect(problem.message).not.toBe('');
          expect(problem.remedy).not.toBe('');
        }
        for (const status of ['active', 'withdrawn'] as const)
          expect(connector?.map(makeRule('r', 1, { status })) ?? { ok: false }).toHaveProperty('ok');
      },
    ),
  ));

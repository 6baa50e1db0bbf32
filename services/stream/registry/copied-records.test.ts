// The short way of a record to a partner (domain/copier) beside the long one, which reads, maps and writes objects.

import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { Copier } from '@ess/domain/copier/copier.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { expect, test } from '@jest/globals';
import avro from 'avsc';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { BoundedReader } from './bounded-avro.ts';

const SCHEMA = readSchema('public.rules');
const TYPE = avro.Type.forSchema(SCHEMA as unknown as avro.Schema);
const PLAN = resolveAvro(parseAvro([SCHEMA]), parseAvro([SCHEMA]));
const LONG_WAY = new BoundedReader(PLAN);

const TEXT = fc.oneof(
  fc.constantFrom(
    'Hospital',
    'Species',
    'active',
    '',
    '"',
    '\\',
    'ä',
    '\u2028',
    '\u0000',
    '\ud83c\udfe5',
    'x'.repeat(200),
  ),
  fc.string({ unit: anyCharacter, maxLength: 20 }),
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 3 });
const INT = fc.oneof(fc.constantFrom(0, -1, 9, 10, -(2 ** 31), 2 ** 31 - 1), fc.integer());

const rule = fc.record({
  eventId: TEXT,
  ruleId: TEXT,
  version: fc.oneof(
    INT,
    fc.constantFrom(2 ** 31, 2 ** 48, -(2 ** 48) - 1, 2 ** 49),
    fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
  ),
  status: fc.constantFrom('active', 'active', 'active', 'withdrawn'),
  scope: fc.constantFrom('Hospital', 'Hospital', 'Hospitals', 'Species', ''),
  region: maybe(TEXT),
  title: TEXT,
  effectiveDate: maybe(TEXT),
  publishedAt: fc.nat(2 ** 44),
  minIcuBeds: maybe(INT),
  minVentilators: maybe(INT),
  pauseSurveys: maybe(fc.boolean()),
  noFlyRadiusKm: maybe(fc.oneof(fc.double(), fc.constantFrom(-0, 0.1, 1e300))),
});

/** Lines that a connector may have, by what they read. */
const LINES: Record<string, readonly unknown[]> = {
  ruleId: ['id', '7', 'meta.id'],
  title: ['name', 'name', 'name', 'list[1]', { to: 'name', when: 'region' }],
  version: ['version', { to: 'meta.version', as: 'string' }],
  status: ['status', 'a.b.c'],
  scope: ['scope', 'resource'],
  region: ['zone', 'zone', 'zone', 'zone', { to: 'zone', when: { scope: 'Hospital' } }],
  publishedAt: ['at', { to: 'at', as: 'date-time' }],
  minIcuBeds: ['beds', 'beds.icu'],
  pauseSurveys: ['surveys', '"quoted"'],
  noFlyRadiusKm: ['km'],
};
const connectorOf = fc
  .record({
    fields: fc
      .uniqueArray(fc.constantFrom(...Object.keys(LINES)), { minLength: 1 })
      .chain((names) =>
        fc.tuple(
          ...names.map((name) =>
            fc.constantFrom(...(LINES[name] as readonly unknown[])).map((to) => [name, to] as const),
          ),
        ),
      )
      .map((lines) => Object.fromEntries(lines)),
    values: fc.constantFrom(
      {},
      { pauseSurveys: { true: 'PAUSE', false: null }, scope: { Hospital: 'resource_55' } },
      { status: { active: { deep: [1] }, withdrawn: 'gone' } },
    ),
    constants: fc.constantFrom({}, { kind: 'rule', 'meta.list[1].x': 1 }, { nothing: null, '10': 'ten' }),
    defaults: fc.constantFrom({}, { zone: 'everywhere', beds: 0 }, { 'meta.more': ['ä'], surveys: { on: true } }),
    where: fc.constantFrom<unknown>(
      undefined,
      { scope: 'Hospital' },
      { scope: ['Hospital', 'Species'], status: 'active' },
      { pauseSurveys: [true, null] },
      { minIcuBeds: [0, 9, null], region: [null, 'ä'] },
      { version: 9 },
    ),
  })
  .map(({ where, ...mapping }) => {
    const files = new Map([
      ['mapping.json', JSON.stringify(mapping)],
      [
        'connector.yaml',
        stringify({
          partner: 'kiosk',
          source: { topic: 'rules', ...(where ? { where } : {}) },
          mapping: 'mapping.json',
          stream: { enabled: true },
        }),
      ],
    ]);
    const schemas: Record<string, unknown> = { 'rules-value': readSchema('rules'), 'public.rules-value': SCHEMA };
    return compileConnector(
      { path: 'connectors/kiosk', partner: 'kiosk', files },
      { env: () => undefined, sourceSchema: (subject) => schemas[subject] as ReturnType<typeof readSchema> },
    ).connector;
  })
  .filter((connector) => connector !== undefined);

/** As a view does it (bridge/topic/view.ts). */
function longWay({ inScope, map, source }: Connector, bytes: Buffer): string | undefined {
  const record = LONG_WAY.read(bytes, 0) as object;
  if (!inScope(record)) return undefined;
  if (isWithdrawn(source.key, record)) return undefined;
  const mapped = map(record);
  if (!mapped.ok) throw new Error(mapped.reason);
  return JSON.stringify(mapped.document);
}

/** @returns undefined: only the long way can tell */
function shortWay(copier: Copier, bytes: Buffer): string | null | undefined {
  const read = copier.read(bytes, 0, bytes.length);
  if (read !== 'document') return read === 'none' ? null : undefined;
  const room = Buffer.alloc(copier.documentBytes);
  return room.toString('utf8', 0, copier.write(room, 0));
}

const copierOf = (connector: Connector) => connector.copies && Copier.of(PLAN, connector.copies);

test('what it makes of a record is what the long way makes of it', () => {
  let made = 0;
  fc.assert(
    fc.property(connectorOf, fc.array(rule, { minLength: 1, maxLength: 8 }), (connector, rules) => {
      const copier = copierOf(connector);
      for (const one of copier ? rules : []) {
        const bytes = TYPE.toBuffer(one);
        const short = shortWay(copier as Copier, bytes);
        if (short === undefined) continue;
        made += 1;
        expect(short).toBe(longWay(connector, bytes) ?? null);
      }
    }),
    { numRuns: 300 },
  );
  expect(made).toBeGreaterThan(20); // or nothing was compared
});

test('of bytes that are not what they have to be it makes what the long way makes, or nothing', () => {
  fc.assert(
    fc.property(
      connectorOf,
      rule,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: -3, max: 3 }),
      (connector, one, changes, more) => {
        const copier = copierOf(connector);
        if (!copier) return;
        const whole = TYPE.toBuffer(one);
        for (const [at, byte] of changes) whole[at % whole.length] = byte;
        const bytes = more < 0 ? whole.subarray(0, more) : Buffer.concat([whole, Buffer.alloc(more)]);
        const short = shortWay(copier, bytes);
        if (short !== undefined) expect(short).toBe(longWay(connector, bytes) ?? null);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ['of the bench', { ruleId: 'ruleId', version: 'version', minIcuBeds: 'bedCap', title: 'sentAtUs' }],
  ['with values and parts', { ruleId: 'a.id', pauseSurveys: 'a.surveys', publishedAt: { to: 'at', as: 'date-time' } }],
])('a connector %s has the short way, with a rule in force', (_, fields) => {
  const files = new Map([
    ['mapping.json', JSON.stringify({ fields, constants: { kind: 'rule' } })],
    [
      'connector.yaml',
      stringify({
        partner: 'kiosk',
        source: { topic: 'rules', where: { scope: 'Hospital' } },
        mapping: 'mapping.json',
        stream: { enabled: true },
      }),
    ],
  ]);
  const { connector } = compileConnector(
    { path: '', partner: 'kiosk', files },
    { env: () => undefined, sourceSchema: () => SCHEMA },
  );
  const record = {
    ...{ eventId: 'e', ruleId: 'r', version: 7, status: 'active', scope: 'Hospital', region: null, title: 'ä"' },
    ...{
      effectiveDate: null,
      publishedAt: 1,
      minIcuBeds: 4,
      minVentilators: null,
      pauseSurveys: true,
      noFlyRadiusKm: 0.5,
    },
  };
  const copier = copierOf(connector as Connector) as Copier;
  expect(shortWay(copier, TYPE.toBuffer(record))).toBe(longWay(connector as Connector, TYPE.toBuffer(record)));
  expect(shortWay(copier, TYPE.toBuffer({ ...record, scope: 'Species' }))).toBeNull();
  expect(shortWay(copier, TYPE.toBuffer({ ...record, status: 'withdrawn' }))).toBeUndefined();
});

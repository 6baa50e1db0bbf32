import { resolveAvro } from '@ess/domain/avro/avro-resolution.ts';
import { parseAvro } from '@ess/domain/avro/avro-type.ts';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import avro from 'avsc';
import type { HistorySource, PublicRecord } from '../topic/source.ts';
import { View } from '../topic/view.ts';
import { Blocks } from './blocks.ts';
import { readStretch } from './stretch.ts';
import { SharedStretch } from './stretch-cache.ts';

const SCHEMA = readSchema('public.rules');
const TYPE = avro.Type.forSchema(SCHEMA as unknown as avro.Schema);
const PLAN = resolveAvro(parseAvro([SCHEMA]), parseAvro([SCHEMA]));
const HEADER_BYTES = 5;
const RECORDS = 600;

const ruleAt = (offset: number) => ({
  ...{ eventId: `e${offset}`, ruleId: `r${offset % 9}`, version: offset, region: null, effectiveDate: null },
  status: offset % 7 === 0 ? 'withdrawn' : 'active',
  scope: offset % 3 === 0 ? 'Species' : 'Hospital',
  // One is larger than a stretch is meant to be.
  title: offset === 400 ? '"'.repeat(300_000) : offset % 5 === 0 ? `höher "${offset}"\n` : `Rule ${offset}`,
  ...{ publishedAt: offset, minIcuBeds: -offset, minVentilators: null, pauseSurveys: null, noFlyRadiusKm: null },
});

function recordAt(offset: number, isShort: boolean): PublicRecord {
  const batch = Buffer.concat([Buffer.alloc(HEADER_BYTES + offset), TYPE.toBuffer(ruleAt(offset))]);
  const [valueFrom, valueEnd] = [offset, batch.length];
  const read = { partition: 0, offset, timestampMs: offset, bytes: 1, key: null, value: null, headers: {} };
  const raw = { ...read, batch, valueFrom, valueEnd };
  return { partition: 0, offset, timestampMs: offset, rule: ruleAt(offset), ...(isShort && { raw, plan: PLAN }) };
}

function source(): HistorySource {
  return {
    partitions: [0],
    bounds: async () => [{ low: 0, end: RECORDS }],
    offsetsAt: async () => [],
    refresh: async () => undefined,
    fetch: async ([asked]) => {
      const from = asked?.offset ?? 0;
      const records = Array.from({ length: RECORDS - from }, (_, index) => recordAt(from + index, true).raw as never);
      return [{ gone: false, partition: 0, records, next: RECORDS, stableEnd: RECORDS, logStart: 0 }] as never;
    },
  };
}

const { connector } = compileConnector(
  {
    path: 'connectors/kiosk',
    partner: 'kiosk',
    files: new Map([
      ['mapping.json', JSON.stringify({ fields: { ruleId: 'id', version: 'v', title: 'text', minIcuBeds: 'beds' } })],
      [
        'connector.yaml',
        'partner: kiosk\nsource: { topic: rules, where: { scope: Hospital } }\nmapping: mapping.json\nstream: { enabled: true }\n',
      ],
    ]),
  },
  { env: () => undefined, sourceSchema: () => SCHEMA },
);

/** All that a client is sent, and how often the long way was gone. */
async function sent(isShort: boolean) {
  let long = 0;
  const view = new View(connector as Connector, ['a key for cursors'], { unmapped: () => undefined }, () => 7);
  const decode = async (_: number, read: ReadonlyArray<{ offset: number }>) =>
    read.map(({ offset }) => {
      const record = recordAt(offset, isShort);
      return {
        ...record,
        get rule() {
          long += 1;
          return record.rule;
        },
      };
    });
  const blocks = new Blocks(source(), decode, 64_000_000);
  const bodies: string[] = [];
  const documents: string[] = [];
  for (let at: readonly number[] = [0]; at[0] !== RECORDS; ) {
    const stretch = new SharedStretch(await readStretch(view, at, [RECORDS], blocks));
    bodies.push(...stretch.span.bodies.map(({ plain }) => plain.toString()));
    documents.push(...Array.from(stretch.documents(), ({ text, cursor }) => `${cursor()} ${text}`));
    at = stretch.to;
  }
  return { bodies, documents, long };
}

test('a stretch of which most is copied as bytes is the one that is made of objects', async () => {
  const [short, long] = [await sent(true), await sent(false)];
  expect(short.bodies).toEqual(long.bodies);
  expect(short.documents).toEqual(long.documents);
  // Withdrawn rules, and the text that is too long.
  expect(short.long).toBe(Math.ceil(RECORDS / 7) + 1);
  expect(long.long).toBe(RECORDS);
});

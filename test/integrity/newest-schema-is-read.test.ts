// Records are read as the newest schema of their topic, whatever schema each was written with, while the program runs: by the worker,
// a replay, `connector preview` and `ess tail`. The projector reads `rules` as the schema that it was built with.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Belt } from '../harness/programs/belt.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { StreamLine } from '../harness/programs/stream-line.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const ruleOf = (...fields: object[]) => ({
  type: 'record',
  name: 'Rule',
  namespace: 'gov.test',
  fields: [{ name: 'ruleId', type: 'string' }, ...fields],
});
const V1 = ruleOf({ name: 'beds', type: 'int' });
const ICU = { name: 'minIcuBeds', type: 'long', aliases: ['beds'] };
const AUDIENCE = { name: 'audience', type: 'string', default: 'Hospital' };
const V2 = ruleOf(ICU, AUDIENCE);
const V3 = ruleOf(ICU, AUDIENCE, { name: 'note', type: ['string', 'null'], default: 'new' });
/** The connector asks for minIcuBeds. */
const UNFIT = ruleOf({ name: 'capacity', type: 'long', aliases: ['beds', 'minIcuBeds'] }, AUDIENCE);
const OTHER = ruleOf({ name: 'beds', type: 'string' });

const source = { key: 'ruleId', version: undefined, where: { audience: 'Hospital' } };
const fields = { ruleId: 'id', minIcuBeds: 'beds', audience: 'for' };

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

test.concurrent('a record of an older schema has the names, the types and the defaults of the newest, which is followed', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1, source, mapping: { fields } });
  const subject = `${line.source.name}-value`;
  const register = (schema: object) => stack.subjects.register(subject, schema as AvroSchemaJson);
  const publish = async (schema: object, rule: object) =>
    line.source.publishRaw('k', framed(await register(schema), avro.Type.forSchema(schema as Schema).toBuffer(rule)));
  const bodies = (from = 0, to?: number) =>
    partner.received
      .map(({ body }) => body)
      .slice(from, to)
      .sort((a, b) => String(a['id']).localeCompare(String(b['id'])));

  await publish(V1, { ruleId: 'r1', beds: 7 });
  await publish(V2, { ruleId: 'r2', minIcuBeds: 8, audience: 'Hospital' });
  await publish(V2, { ruleId: 'r3', minIcuBeds: 9, audience: 'School' });
  const [worker] = await line.start();
  await line.drained();
  const first = [
    { id: 'r1', beds: 7, for: 'Hospital' },
    { id: 'r2', beds: 8, for: 'Hospital' },
  ];
  expect(bodies()).toEqual(first);

  // What comes with a schema that was not met before is read as the newest, and the mapping may ask for what is new in it.
  await publish(V3, { ruleId: 'r4', minIcuBeds: 10, audience: 'Hospital', note: 'x' });
  await line.drained();
  await worker?.logged('connector.reloaded');
  line.connect(partner.url, { mapping: { fields: { ...fields, note: 'note' } } });
  await eventually('the change', () => (worker?.count('connector.changed') === 2 ? true : undefined));
  await publish(V1, { ruleId: 'r5', beds: 11 });
  await line.drained();
  expect(bodies(2)).toEqual([
    { id: 'r4', beds: 10, for: 'Hospital' },
    { id: 'r5', beds: 11, for: 'Hospital', note: 'new' },
  ]);

  // One that the connector does not fit is told, and changes nothing; after a restart neither.
  await publish(UNFIT, { ruleId: 'r6', capacity: 12, audience: 'Hospital' });
  expect(await worker?.logged('schema.does-not-fit')).toMatchObject({
    partner: line.partner,
    reads: expect.stringContaining(subject),
    problems: expect.arrayContaining([expect.stringContaining('minIcuBeds')]),
  });
  await publish(V1, { ruleId: 'r7', beds: 13 });
  await line.drained();
  expect(bodies().at(-1)).toMatchObject({ id: 'r7', beds: 13, note: 'new' });
  const letters = await line.deadLetters();
  expect(letters.map(({ reason, detail }) => [reason, detail])).toEqual([
    [
      'wrong-schema',
      expect.stringMatching(
        /^schema id \d+ cannot be read as schema id \d+ \(version \d+ of .*\): field minIcuBeds is missing/,
      ),
    ],
  ]);

  await worker?.signal('SIGTERM');
  await worker?.exited;
  const [next] = await line.start();
  await next?.logged('schema.does-not-fit');
  const before = partner.received.length;
  await line.json('replay', line.partner, '--earliest', '--yes', '--wait');
  expect(bodies(before, before + 5)).toEqual(
    [...first, { id: 'r4', beds: 10, for: 'Hospital', note: 'x' }]
      .map((body) => ({ note: 'new', ...body }))
      .concat([
        { id: 'r5', beds: 11, for: 'Hospital', note: 'new' },
        { id: 'r7', beds: 13, for: 'Hospital', note: 'new' },
      ]),
  );
});

test.concurrent('a preview and a tail read the same; what cannot be resolved says which field, and both schemas', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1, source, mapping: { fields } });
  const register = (schema: object) => stack.subjects.register(`${line.source.name}-value`, schema as AvroSchemaJson);
  const bytes = (schema: object, rule: object) => avro.Type.forSchema(schema as Schema).toBuffer(rule);
  const ids = [await register(OTHER), await register(V1), await register(V2)] as const;
  await line.source.publishRaw('k', framed(ids[0], bytes(OTHER, { ruleId: 'r0', beds: 'six' })));
  await line.source.publishRaw('k', framed(ids[1], bytes(V1, { ruleId: 'r1', beds: 7 })));

  const preview = await line.json('connector', 'preview', line.partner, '--since', '1h');
  expect(preview).toMatchObject({ records: 1, unreadable: 1, inScope: { before: 1, after: 1 }, same: 1 });
  const { stdout } = await line.run('tail', line.source.name);
  const shown = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
  expect(shown).toMatchObject([
    {
      value: null,
      undecoded: expect.stringMatching(
        new RegExp(
          `^schema id ${ids[0]} cannot be read as schema id ${ids[2]} .*: field minIcuBeds is string where long`,
        ),
      ),
    },
    { value: { ruleId: 'r1', minIcuBeds: 7, audience: 'Hospital' } },
  ]);

  // The mapping of today does not fit the newest schema any more; the change is made for it.
  await register(UNFIT);
  const change = join(line.connectors, 'change.json');
  writeFileSync(change, JSON.stringify({ fields: { ruleId: 'id', capacity: 'beds', audience: 'for' } }));
  const changed = await line.json('connector', 'preview', line.partner, '--since', '1h', '--mapping', change);
  expect(changed).toMatchObject({ records: 1, unreadable: 1, inScope: { before: 1, after: 1 }, same: 1 });
});

/** A rule as somebody else writes it: fewer fields, narrower types, one that nobody knows, and a namespace of their own. */
const OTHERS = {
  type: 'record',
  name: 'RulePublished',
  namespace: 'org.other',
  fields: [
    { name: 'note', type: 'string' },
    { name: 'version', type: 'int' },
    { name: 'title', type: 'bytes' },
    ...['eventId', 'ruleId', 'scope', 'publishedBy'].map((name) => ({ name, type: 'string' })),
    { name: 'status', type: { type: 'enum', name: 'RuleStatus', symbols: ['draft', 'withdrawn', 'active'] } },
    { name: 'publishedAt', type: 'long' },
    { name: 'minIcuBeds', type: 'int' },
    { name: 'noFlyRadiusKm', type: ['float', 'null'] },
  ],
};

test.concurrent('rules that others wrote are public as the schema that the projector was built with, and the stream carries them', async () => {
  await using belt = await Belt.open(stack, 1);
  await using line = await StreamLine.open(stack, { partitions: 1 });
  const fields = { ruleId: 'id', version: 'version', title: 'title', minIcuBeds: 'beds', noFlyRadiusKm: 'radius' };
  const hospital = line.partner('Hospital', { fields });
  const bridge = await line.bridge({}, ['--topic', belt.names.publicTopic]);
  await using client = await line.listening(bridge, hospital);
  const id = await stack.subjects.register(`${belt.source.name}-others-value`, OTHERS as AvroSchemaJson);
  const rule = { ...makeRule('r1', 3), title: Buffer.from('Wächter'), noFlyRadiusKm: { float: 2.5 }, note: 'new' };
  const type = avro.Type.forSchema(OTHERS as Schema, { wrapUnions: 'always' });
  await belt.source.publishRaw('r1', framed(id, type.toBuffer(rule)));
  belt.spawn();
  await client.until('the rule', ({ documents }) => documents.length > 0);
  expect(client.documents).toEqual([{ id: 'r1', version: 3, title: 'Wächter', beds: 3, radius: 2.5 }]);
  const [seen] = await belt.seen();
  expect(seen?.rule).toMatchObject({ ruleId: 'r1', status: 'active', region: null, minVentilators: null });
  expect(await belt.deadLetters()).toEqual([]);
});

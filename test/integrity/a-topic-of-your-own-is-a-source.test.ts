// The guide of docs/connectors.md for a topic that is not `rules`, followed with the files that it shows: register, map, check, preview,
// publish, deliver, redrive; what its key and version order, what a tombstone is, and how something leaves;
// then the same topic read by a subject of another name.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { parse, stringify } from 'yaml';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

const guide =
  readFileSync('docs/connectors.md', 'utf8').split('## A topic of your own as a source')[1]?.split('\n## ')[0] ?? '';
const shown = (language: string, start: string): string =>
  Array.from(guide.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g')), ([, text = '']) => text).find(
    (text) => text.includes(start),
  ) ?? '';
const SCHEMA = JSON.parse(shown('json', '"WaterLevel"')) as AvroSchemaJson;
const MAPPING = shown('json', '"fields": { "station.id"');
const CONNECTOR = parse(shown('yaml', 'partner: flood-office')) as Record<string, Record<string, unknown>>;

const AT = Date.UTC(2026, 10, 24, 10);
const level = (id: string, reading: number, cm: number, river = 'Alder') => ({
  station: { id, river },
  reading,
  cm,
  measuredAt: AT,
});

test('a topic of water levels goes to a flood office', async () => {
  await using stack = await openTestStack();
  await using office = await FakePartner.start(({ body }) => (body['level'] === 999 ? 422 : 200));
  await using line = await Pipeline.open(stack, office, { partitions: 1 });
  const topic = line.source.name;
  const id = await stack.subjects.register(`${topic}-value`, SCHEMA);
  const type = avro.Type.forSchema(SCHEMA as Schema);
  const publish = (record: object | null) =>
    line.source.publishRaw('sender-7', record && framed(id, type.toBuffer(record)));

  // What `new` writes of it passes as it is; an unknown field is told by the schema that the registry has.
  await using cleanup = new Cleanup();
  const [url, own] = ['https://floods.example/levels', temporaryFolder(cleanup)];
  const made = (...fields: string[]) =>
    line.run(
      'connector',
      'new',
      'flood-office',
      '--topic',
      topic,
      '--url',
      url,
      '--connectors',
      own,
      '--field',
      ...fields,
    );
  const wrong = await made('cmm=level');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('did you mean "cm"?')]);
  expect(await made('cm=level')).toMatchObject({ code: 0 });

  const { source, mapping } = CONNECTOR;
  const folder = join(line.connectors, line.partner);
  const connect = (more: object = {}, lines = MAPPING) => {
    const deliver = { url: office.url, allow: ['127.0.0.0/8'] };
    const connector = { partner: line.partner, source: { ...source, topic }, mapping, deliver, ...more };
    writeFileSync(join(folder, 'mapping.json'), lines);
    writeFileSync(join(folder, 'connector.yaml'), stringify(connector));
  };
  connect();
  const checked = await line.run('connector', 'check', line.partner);
  expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining(`ok (${topic} → deliver)`)]);

  await publish(level('a', 1, 120));
  await publish(level('b', 1, 80, 'Cedar'));
  await publish(level('b', 2, 90, 'Birch'));
  await publish(level('a', 2, 999));
  const preview = await line.json('connector', 'preview', line.partner, '--since', '1h');
  expect(preview).toMatchObject({ topic, records: 4, inScope: { before: 3, after: 3 }, unreadable: 0 });
  expect(office.received).toEqual([]);

  await line.start();
  await line.drained();
  await publish(null);
  await line.drained();
  const got = () => office.received.map(({ body, headers, status }) => [body, headers['ess-rule-version'], status]);
  const at = '2026-11-24T10:00:00Z';
  expect(got()).toEqual([
    [{ station: 'a', level: 120, at }, '1', 200],
    [{ station: 'b', level: 90, at }, '2', 200],
    [{ station: 'a', level: 999, at }, '2', 422],
  ]);
  const letters = async () => {
    const { stdout } = await line.run('dead-letters', 'list', '--partner', line.partner, '--json');
    return stdout
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row) as Record<string, unknown>);
  };
  expect((await letters()).map(({ ruleId, reason }) => [ruleId, reason])).toEqual([
    ['a', 'status-422'],
    ['sender-7', 'tombstone'],
  ]);

  // The partner takes it now.
  office.reply = () => 200;
  const redriven = await line.run(
    'dead-letters',
    'redrive',
    '--partner',
    line.partner,
    '--reason',
    'status-422',
    '--yes',
  );
  expect([redriven.code, redriven.stderr]).toEqual([0, expect.anything()]);
  expect(got().at(-1)).toEqual([{ station: 'a', level: 999, at }, '2', 200]);

  // Out of the scope, behind a version that the partner has.
  const withdrawal = { fields: { 'station.id': 'station' }, constants: { over: true } };
  writeFileSync(join(folder, 'withdrawal.json'), JSON.stringify(withdrawal));
  connect({ onLeave: 'send' });
  await line.workers[0]?.logged('connector.changed');
  await publish(level('a', 3, 130, 'Cedar'));
  await publish(level('c', 9, 130, 'Cedar'));
  await line.drained();
  expect(got().at(-1)).toEqual([{ station: 'a', over: true }, '3', 200]);
  expect(office.received).toHaveLength(5);

  // The schema of another subject, whose newer versions are followed; that of the topic counts no more.
  const subject = `example.water.${topic}`;
  const renamed = (...more: object[]) => {
    const { fields } = SCHEMA as AvroRecord;
    const own = fields.map((field) => (field.name === 'cm' ? { ...field, name: 'depth', aliases: ['cm'] } : field));
    return { ...(SCHEMA as AvroRecord), fields: [...own, ...more] } as AvroRecord;
  };
  const changed = (times: number) =>
    eventually('the change', () => (line.workers[0]?.count('connector.changed') === times ? true : undefined));
  const mapped = MAPPING.replace('"cm"', '"depth"');
  const inSubject = { source: { ...source, topic, subject } };
  connect(inSubject, mapped);
  const unknown = await line.run('connector', 'check', line.partner);
  expect([unknown.code, unknown.stdout]).toEqual([1, expect.stringContaining(`no subject "${subject}"`)]);
  await stack.subjects.register(subject, renamed());
  connect(inSubject, `${mapped}\n`);
  expect((await line.run('connector', 'check', line.partner)).code).toBe(0);
  await changed(2);
  await publish(level('a', 4, 140));
  await line.drained();
  expect(got().at(-1)).toEqual([{ station: 'a', level: 140, at }, '4', 200]);

  const newer = renamed({ name: 'unit', type: 'string', default: 'cm' });
  const bytes = avro.Type.forSchema(newer as Schema).toBuffer({ ...level('a', 5, 0), depth: 2, unit: 'm' });
  await line.source.publishRaw('sender-7', framed(await stack.subjects.register(subject, newer), bytes));
  await line.workers[0]?.logged('connector.reloaded');
  await line.drained();
  connect(inSubject, mapped.replace('{ "fields": {', '{ "fields": { "unit": "unit",'));
  await changed(4); // the newer schema was the third
  await publish(level('a', 6, 160));
  await line.drained();
  expect(got().slice(-2)).toEqual([
    [{ station: 'a', level: 2, at }, '5', 200],
    [{ station: 'a', level: 160, at, unit: 'cm' }, '6', 200],
  ]);
  const tail = await line.run('tail', topic, '--subject', subject, '--limit', '1');
  expect(JSON.parse(tail.stdout)).toMatchObject({ value: { depth: 160, unit: 'cm' } });
});

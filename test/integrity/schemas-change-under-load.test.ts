// A schema changes while rules flow, both ways: who writes is ahead of the workers, and then behind them. A field comes that has a
// default, and one goes that had one. Nothing is lost, order holds, and each partner gets what its mapping asks for. What
// could not be read is refused before it is in use.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { RegistryProxy } from '../fakes/registry-proxy.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judgeByRule } from '../judges/delivery-checker.ts';

const ruleOf = (...fields: object[]) => ({
  type: 'record',
  name: 'Rule',
  namespace: 'gov.test',
  fields: [{ name: 'ruleId', type: 'string' }, { name: 'version', type: 'int' }, ...fields],
});
const BEDS = { name: 'beds', type: 'int' };
const OLD = ruleOf(BEDS, { name: 'note', type: 'string', default: 'none' });
const NEW = ruleOf(BEDS, { name: 'audience', type: 'string', default: 'all' });
const BROKEN = ruleOf({ name: 'beds', type: 'string' });
const KEYS = 20;
/** Published before anybody waits for their deliveries. */
const AT_ONCE = 5 * KEYS;

type Writer = 'old' | 'new';
const TYPES = { old: avro.Type.forSchema(OLD as Schema), new: avro.Type.forSchema(NEW as Schema) };

test('who writes is ahead of the workers, and then behind them: nothing is lost, each mapping gets what it asks for', async () => {
  await using stack = await openTestStack();
  await using oldPartner = await FakePartner.start();
  await using anyPartner = await FakePartner.start();
  await using newPartner = await FakePartner.start();
  const source = { where: undefined };
  const deliver = { timeoutMs: 60_000 };
  const fields = { ruleId: 'ruleId', version: 'version' };
  const asks = (more: object) => ({ source, deliver, mapping: { fields: { ...fields, ...more } } });
  await using line = await Pipeline.open(stack, oldPartner, { partitions: 4, ...asks({ note: 'note' }) });
  const any = line.addPartner(anyPartner.url, asks({ beds: 'beds' }));
  const subject = `${line.source.name}-value`;
  const register = (schema: object) => stack.subjects.register(subject, schema as AvroSchemaJson);
  const ids = { old: await register(OLD), new: 0 };
  await stack.subjects.setCompatibility(subject, 'BACKWARD');

  const rules: RulePublished[] = [];
  const writers: Writer[] = [];
  /** Versions of each rule by one writer and another in turn. */
  const publish = async (...turns: Writer[]) => {
    for (let round = 0; round < AT_ONCE / KEYS; round += 1) {
      const writer = turns[round % turns.length] as Writer;
      const fresh = Array.from({ length: KEYS }, (_, key) => ({ ruleId: `r${key}`, version: rules.length / KEYS + 1 }));
      for (const rule of fresh) writers.push(writer) && rules.push(rule as RulePublished);
      const bytes = (rule: { readonly version: number }) =>
        TYPES[writer].toBuffer({ ...rule, beds: rule.version, note: `of ${rule.version}`, audience: 'Hospital' });
      await Promise.all(fresh.map((rule) => line.source.publishRaw(rule.ruleId, framed(ids[writer], bytes(rule)))));
    }
  };
  const worker = line.spawn({}, [any]);
  await publish('old');
  await line.stable(1);
  ids.new = await register(NEW);
  await publish('old', 'new');
  const told = await worker.logged('schema.does-not-fit');
  expect(told).toMatchObject({ partner: line.partner, problems: [expect.stringContaining('note')] });
  await publish('new');
  const newest = line.addPartner(newPartner.url, asks({ audience: 'audience' }));
  expect(await worker.signal('SIGTERM').then(() => worker.ended)).toBe(0);
  line.spawn({}, [any, newest]);
  await publish('old', 'new');
  await publish('old');
  await Promise.all([line.partner, any, newest].map((name) => line.drained(undefined, name)));

  const written = new Map(rules.map(({ ruleId, version }, at) => [`${ruleId} v${version}`, writers[at]]));
  const got = ({ received }: FakePartner, field: string, of: (writer: Writer, version: number) => unknown) =>
    received.filter(({ body }) => {
      const [version, writer] = [Number(body['version']), written.get(`${body['ruleId']} v${body['version']}`)];
      return body[field] !== of(writer as Writer, version);
    });
  expect(got(oldPartner, 'note', (writer, version) => (writer === 'old' ? `of ${version}` : 'none'))).toEqual([]);
  expect(got(anyPartner, 'beds', (_, version) => version)).toEqual([]);
  expect(got(newPartner, 'audience', (writer) => (writer === 'new' ? 'Hospital' : 'all'))).toEqual([]);
  for (const [partner, name] of [
    [oldPartner, line.partner],
    [anyPartner, any],
    [newPartner, newest],
  ] as const) {
    const verdict = judgeByRule(rules, partner.received, await line.audit(name));
    const exact = { lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [], inFlight: [] } };
    expect([name, verdict]).toEqual([name, { ...verdict, ...exact }]);
    expect(await line.deadLetters(name)).toEqual([]);
  }

  // What no reader could read is not registered, and whoever tries is told.
  await expect(register(BROKEN)).rejects.toThrow(`the registry refuses the schema of ${subject}`);
});

test('a schema of ess that could not read what is in use is named by file, field and remedy, and nothing is registered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  await using proxy = await RegistryProxy.start(stack.registry);
  const today = readSchema('rules') as unknown as { fields: Array<{ name: string }> };
  const inUse = {
    ...today,
    fields: today.fields.map((field) => (field.name === 'version' ? { ...field, type: 'string' } : field)),
  };
  proxy.instead = (path) =>
    path === '/subjects/rules-value/versions/latest'
      ? { status: 200, body: { subject: 'rules-value', version: 7, id: 7, schema: JSON.stringify(inUse) } }
      : undefined;
  const env = { SCHEMA_REGISTRY_URL: proxy.url() };
  const check = line.ess(['schemas', 'check', '--json'], env);
  expect(await check.exited).toBe(1);
  const reports = JSON.parse(check.stdout) as Array<{ readonly status: string }>;
  expect(reports.filter(({ status }) => status === 'incompatible')).toEqual([
    {
      subject: 'rules-value',
      file: 'schemas/rules/RulePublished.avsc',
      status: 'incompatible',
      version: 7,
      problems: [{ field: 'version', message: expect.stringContaining('string'), remedy: expect.any(String) }],
    },
  ]);
  const apply = line.ess(['schemas', 'apply'], env);
  expect(await apply.exited).toBe(1);
  expect(apply.output).toMatch(
    /nothing was registered:\s+schemas\/rules\/RulePublished.avsc version: .*version 7 of rules-value/,
  );
  expect(proxy.passed.filter((path) => !path.endsWith('/versions/latest'))).toEqual([]);
});

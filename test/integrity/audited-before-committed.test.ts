// Guarantee 5: no offset is committed before its audit row is acknowledged, also when the broker dies in between; and the
// schema registry's trouble is never a record's fault.
import { decodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { evictMembers } from '../fakes/kafka/evict.ts';
import { FakePartner } from '../fakes/partner.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { ownTestKafka } from '../harness/own-stack.ts';
import { behindProxy } from '../harness/programs/behind-proxy.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { report, sized } from '../harness/results.ts';
import { judge } from '../judges/delivery-checker.ts';

const RESTARTS = sized(1, 6);
const LOAD = { perSecond: sized(100, 300), keys: 100 };
const SETTLES = ['delivered', 'skipped', 'superseded', 'deadLettered'];

let stack: Awaited<ReturnType<typeof ownTestKafka>>; // its broker is killed here
beforeAll(async () => {
  stack = await ownTestKafka();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** Source positions that the commits call settled and no audit row does. */
async function settledWithoutRow(line: Pipeline, audit: readonly DeliveryAttempt[]): Promise<string[]> {
  const rows = new Set(
    audit.filter(({ outcome }) => SETTLES.includes(outcome)).map(({ partition, offset }) => `${partition}:${offset}`),
  );
  const missing: string[] = [];
  for (const [partition, { offset, metadata }] of await line.committed()) {
    const above = decodeMetadata(offset, metadata)?.settled ?? [];
    for (const [first, last] of [[0, offset - 1] as const, ...above])
      for (let at = first; at <= last; at += 1) if (!rows.has(`${partition}:${at}`)) missing.push(`${partition}:${at}`);
  }
  return missing;
}

test('a broker that is killed while audit rows are written: nothing counts as settled without its row, and nothing is lost', async () => {
  await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 5 }));
  await using line = await Pipeline.open(stack, partner);
  let [worker] = await line.start();
  const load = steadyLoad(line.source, LOAD);
  const missing: string[] = [];
  for (let restart = 0; restart < RESTARTS; restart += 1) {
    const before = partner.received.length;
    await partner.until((received) => received.length > before + LOAD.perSecond / 2);
    await stack.processes.kafka[0]?.kill('SIGKILL');
    await stack.processes.kafka[0]?.start();
    const back = partner.received.length;
    await partner.until((received) => received.length > back + 50, PATIENCE_MS, 'deliveries after the broker is back');
    await worker?.signal('SIGKILL'); // so that the commits stay as they are while they are judged
    missing.push(...(await settledWithoutRow(line, await line.audit())));
    await evictMembers(stack, line.group);
    worker = line.spawn();
  }
  const rules = await load.stop();
  await line.drained();
  const audit = await line.audit();
  missing.push(...(await settledWithoutRow(line, audit)));
  const verdict = judge(rules, partner.received, audit);
  report('broker restart', `${RESTARTS} kills of the broker and of the worker under ${LOAD.perSecond}/s`, {
    published: rules.length,
    'settled without row': missing.length,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    'audited duplicates': verdict.duplicates.audited.length,
    'in-flight or un-audited duplicates': verdict.duplicates.inFlight.length,
  });
  expect(missing).toEqual([]);
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [] } });
  expect(await line.deadLetters()).toEqual([]);
});

test('a worker that starts while the registry is away waits for it and then delivers', async () => {
  await using behind = await behindProxy(stack);
  const { proxy, partner, line } = behind;
  await proxy.down();
  const worker = line.spawn();
  await worker.logged('program.waits', (told) => told['for'] === 'the schema registry');
  await line.source.publish([makeRule('a', 1)]);
  await proxy.up();
  await partner.until((received) => received.length === 1);
  await line.drained();
  expect(worker.ended).toBeUndefined();
  expect(await line.deadLetters()).toEqual([]);
});

/** Nobody listens, or who listens says nothing. */
const WAYS = ['down', 'hang'] as const;

test.each(WAYS.slice(0, sized(1, 2)))(
  'a new schema while the registry is away (%s) holds the source and parks no good record',
  async (how) => {
    await using behind = await behindProxy(stack);
    const { proxy, partner, line } = behind;
    const [worker] = await line.start();
    await line.source.publish([makeRule('a', 1)]);
    await partner.until((received) => received.length === 1);

    const schema = readSchema('rules') as unknown as { fields: object[] };
    const wider = {
      ...schema,
      fields: [...schema.fields, { name: `n${how}`, type: ['null', 'string'], default: null }],
    };
    await stack.subjects.register(`${line.source.name}-value`, wider as never);
    const encode = await new Codec(stack.registry).encoder(`${line.source.name}-value`, wider);
    if (how === 'down') await proxy.down();
    else proxy.instead = () => 'hang';
    await line.source.publishRaw('a', encode({ ...makeRule('a', 2), [`n${how}`]: 'new' }));
    await worker?.logged('source.held');
    await line.source.publish([makeRule('a', 3)]); // of a schema that the worker knows, behind the one it does not
    expect(await line.metric(worker as never, 'ess_source_held')).toBe(1);
    if (how === 'down') await proxy.up();
    else proxy.instead = () => undefined;
    await partner.until((received) => received.length === 3);
    await line.drained();
    expect(partner.received.map(({ body }) => body['version'])).toEqual([1, 2, 3]);
    expect(await line.deadLetters()).toEqual([]);
    expect(await line.metric(worker as never, 'ess_rebalances_total')).toBe(1);
  },
);

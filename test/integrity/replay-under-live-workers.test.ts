// A replay moves positions while workers run: exactly the records of its range go out again, in order, the newest version
// of each rule last; and what was asked for can be stopped, refused, watched and left alone.
import { setTimeout as delay } from 'node:timers/promises';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { openControl, replayEnd } from '../harness/data/control.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { report, sized } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judgeReplay } from '../judges/replay-judge.ts';

/** What the partner has not answered yet is not sent again, however long this process stands. */
const PATIENT = { timeoutMs: 60_000 };
const EXACT = { missing: [], outside: [], outOfOrder: [], leftBehind: [] };
const wave = (keys: number, from: number, versions: number) =>
  Array.from({ length: keys * versions }, (_, index) => makeRule(`r${index % keys}`, from + Math.floor(index / keys)));

test('a live group of three under load: what the preview counts goes out again, through a rebalance, a killed command line and a second order', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { deliver: PATIENT });
  await line.start(3);
  const load = steadyLoad(line.source, { perSecond: sized(100, 200), keys: 100 });
  await partner.until((received) => received.length >= sized(300, 6_000));

  // Slow enough that all of this happens while it runs.
  const rate = sized(300, 600);
  const args = ['replay', line.partner, '--earliest', '--rate', `${rate}/s`, '--yes', '--wait', '--json'];
  const waiting = line.ess(args);
  const before = partner.received.length;
  // What is replayed is answered when the second order has found it under way.
  const refused = Promise.withResolvers<number>();
  partner.reply = ({ headers }) => (headers['ess-replay'] === undefined ? 200 : refused.promise);
  await partner.until(() => partner.received.slice(before).some(({ headers }) => headers['ess-replay']));
  await waiting.signal('SIGKILL');
  await control.caughtUp();
  const id = control.state.active(line.partner, 'replay')?.command.id ?? '';
  const second = await line.run('replay', line.partner, '--earliest', '--yes');
  refused.resolve(200);
  expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`ess replay cancel ${id}`) });
  line.spawn();
  await line.stable(4);
  expect(await replayEnd(control, id)).toBe('completed');
  const published = await load.stop();
  await line.drained();

  const targets = control.state.find(id)?.progress;
  const sizes = [...(targets?.values() ?? [])].map(({ target, before: until }) => Number(until) - Number(target));
  const previewed = sizes.reduce((sum, size) => sum + size, 0);
  const range = published.slice(0, 0);
  for (const rule of published) if (wasReplayed(partner, id, rule.ruleId, Number(rule.version))) range.push(rule);
  const verdict = judgeReplay(id, range, partner.received);
  report(
    'replay of a live group',
    `3 workers, ${sized(100, 200)} rules/s, ${previewed} records, a fourth worker joins`,
    {
      deliveries: verdict.deliveries,
      'positions moved over': previewed,
      'out of order': verdict.outOfOrder.length,
      repeated: verdict.repeated.length,
    },
  );
  expect(verdict).toMatchObject(EXACT);
  // By position: what was acked above the watermark when the replay began may have to go out last, beyond its range.
  const again = (await line.audit()).filter(({ outcome, replayId }) => outcome === 'delivered' && replayId === id);
  const inRange = again.filter(({ partition, offset }) => {
    const moved = targets?.get(partition);
    return moved && offset >= Number(moved.target) && offset < Number(moved.before);
  });
  expect(new Set(inRange.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(previewed);
  expect(again.length - inRange.length).toBeLessThan(100); // at most one for each rule
});

test.concurrent('a range in time: its records and the newest versions after them, and the delivery state is never lowered', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 3, deliver: PATIENT });
  await line.start();
  const covered = wave(30, 1, 2);
  await line.source.publish(covered);
  await delay(100);
  const between = Date.now();
  await delay(100);
  await line.source.publish(wave(30, 3, 2));
  await line.drained();
  const states = await statesOf(stack, line.partner);

  const until = String(between);
  const preview = await line.json('replay', line.partner, '--earliest', '--until', until, '--dry-run');
  expect(preview).toMatchObject({ records: 60, inScope: 60, superseded: 60 });
  await control.caughtUp();
  expect(control.state.list().filter(({ command }) => command.partner === line.partner)).toEqual([]);
  const { id } = await line.json('replay', line.partner, '--earliest', '--until', until, '--yes', '--new-ids');
  expect(await replayEnd(control, String(id))).toBe('completed');
  await line.drained();
  const verdict = judgeReplay(String(id), covered, partner.received);
  expect(verdict).toMatchObject({ ...EXACT, repeated: [], deliveries: 90 });
  expect(await statesOf(stack, line.partner)).toEqual(states);
  // New ids: the partner cannot take them for repeats.
  expect(new Set(partner.received.map((received) => received.id)).size).toBe(120 + 90);

  const one = await line.json('replay', line.partner, '--earliest', '--key', 'r7', '--yes', '--wait');
  expect(one).toMatchObject({ status: 'completed', records: 4 });
  const again = partner.received.filter(({ headers }) => headers['ess-replay'] === one['id']);
  expect(again.map(({ body }) => [body['ruleId'], body['version']])).toEqual(
    [1, 2, 3, 4].map((version) => ['r7', version]),
  );
  const moves = (await line.audit()).filter(({ outcome, replayId }) => outcome === 'moved' && replayId === id);
  expect(moves).toHaveLength(6); // there and back, for each partition
});

test.concurrent.each(['cancel', 'undo'] as const)(
  '%s in the middle: nothing more is sent again but the newest versions, and the positions are where they were',
  async (kind) => {
    await using stack = await openTestStack();
    await using control = await openControl(stack);
    await using partner = await FakePartner.start();
    // A partner that catches up with the newest versions only is sent all the same what is asked for again.
    const deliver = { ...PATIENT, ...(kind === 'undo' && { catchUp: 'latest' }) };
    await using line = await Pipeline.open(stack, partner, { partitions: 2, deliver });
    const [worker] = await line.start();
    await worker?.logged('partitions.assigned'); // what is published after it is no backlog
    const rules = wave(20, 1, 20);
    await line.source.publish(rules);
    await line.drained();
    const positions = await offsets(line);
    // So slow that it is far from its end when it is stopped, on any machine.
    const { id } = await line.json('replay', line.partner, '--earliest', '--rate', '10/s', '--yes');
    await partner.until((received) => received.length >= rules.length + 5);
    const stopped = await line.json('replay', kind, String(id), '--wait');
    expect(stopped).toMatchObject({ status: kind === 'undo' ? 'undone' : 'cancelled' });
    await line.drained();
    expect(await offsets(line)).toEqual(positions);
    const verdict = judgeReplay(String(id), rules, partner.received);
    expect(verdict.deliveries).toBeLessThan(rules.length);
    expect(verdict).toMatchObject({ outside: [], outOfOrder: [], leftBehind: [] });
    await control.caughtUp();
    expect(control.state.active(line.partner, 'replay')).toBeUndefined();
    const late = await line.run('replay', kind, String(id));
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('nothing to')]);
  },
);

async function statesOf(stack: TestStack, partner: string): Promise<Map<string, number>> {
  const codec = new Codec(stack.registry);
  const versions = new Map<string, number>();
  const written = read(stack.kafka, { topic: 'ess.delivery-state' });
  for await (const batch of rows(codec, 'ess.delivery-state', written))
    for (const { row } of batch) if (row.partner === partner) versions.set(row.ruleId, Number(row.version)); // the last row, as compaction leaves it
  return versions;
}

async function offsets(line: Pipeline): Promise<number[]> {
  return [...(await line.committed()).entries()].sort(([a], [b]) => a - b).map(([, { offset }]) => offset);
}

function wasReplayed(partner: FakePartner, id: string, ruleId: string, version: number): boolean {
  return partner.received.some(
    ({ headers, body }) => headers['ess-replay'] === id && body['ruleId'] === ruleId && body['version'] === version,
  );
}

// What is larger than one person may order, or of a critical partner, runs only when another one has approved exactly that, in time,
// once. Workers see to it: a command that is written straight to ess.control gets no further.
import { randomBytes } from 'node:crypto';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { packLetters } from '@ess/domain/delivery/dead-letters.ts';
import { approve, propose } from '@ess/orders/approval.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { dropCommands, planRedrive } from '@ess/orders/letters/redrive-plan.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Command, ReplayOrder } from '@ess/schemas/generated/types.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { replayEnd } from '../harness/data/control.ts';
import { writeLetters } from '../harness/data/letters.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { applyLastSchemas, lastVersion } from '../harness/programs/last-version.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judgeReplay } from '../judges/replay-judge.ts';

const cleanup = new Cleanup();
let stack: TestStack;
let desk: ControlDesk;

beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  await applyLastSchemas(stack);
  desk = await ControlDesk.open(stack.kafka, stack.registry);
  cleanup.defer(() => desk[Symbol.asyncDispose]());
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const LIMIT = { ESS_APPROVAL_RECORDS: '20' };
const freshId = (): string => randomBytes(4).toString('hex');
const wave = (prefix: string, keys: number, versions: number) =>
  Array.from({ length: keys * versions }, (_, index) =>
    makeRule(`${prefix}${index % keys}`, 1 + Math.floor(index / keys)),
  );
/** The desk may hear of what another process ordered after that process has ended. */
const caughtUp = () => desk.give([]);
async function approvalOf(id: string): Promise<Command> {
  await caughtUp();
  return approve(desk.state, id, 'ben@ops');
}
const detailsOf = (id: string) => [...(desk.state.find(id)?.progress.values() ?? [])].map(({ detail }) => detail);
const statusOf = (id: string) => desk.state.find(id)?.status;
/** What ends by what a worker writes. */
const until = (id: string, wanted: string) =>
  eventually(`${id} is ${wanted}`, () => (statusOf(id) === wanted ? true : undefined));

/** Somebody who may write to ess.control, and does so without asking anybody. */
function straight(line: Pipeline, more: Partial<ReplayOrder> = {}, at = Date.now()): Command {
  const partitions = [0, 1].map((partition) => ({ partition, target: 0, until: 1_000 }));
  const choice = { key: null, newIds: false, ratePerSecond: null, current: false };
  const replay = { topic: line.source.name, partitions, ...choice, ...more };
  return makeCommand({ id: freshId(), partner: line.partner, kind: 'replay', by: 'mallory@ops', replay }, at);
}

/** A command that has to succeed, by somebody whose settings ask for a second person. */
async function ess(line: Pipeline, ...args: string[]): Promise<Record<string, unknown>> {
  const command = line.ess([...args, '--json'], LIMIT);
  const code = await command.exited;
  if (code !== 0) throw new Error(`ess ${args.join(' ')} ended with ${code}:\n${command.output}`);
  return command.rows()[0] ?? {};
}

test.concurrent('a replay: refused when it comes alone; approved by another it sends exactly what was frozen, once', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  for (let worker = 0; worker < 2; worker += 1) line.spawn(LIMIT);
  await line.stable(2);
  const rules = wave('r', 10, 3);
  await line.source.publish(rules);
  await line.drained();
  const offsets = async () => [...(await line.committed()).values()].map(({ offset }) => offset);
  const positions = await offsets();

  // Written straight to the topic, with a count of its own, and with an end that nobody knows.
  const open = [0, 1].map((partition) => ({ partition, target: 0, until: null }));
  for (const alone of [straight(line), straight(line, { partitions: open })]) {
    await desk.give([alone]);
    expect(await replayEnd(desk, alone.id)).toBe('refused');
    for (const why of detailsOf(alone.id))
      expect(why).toMatch(/^30 records are more than the 20 that one person may order: .*--propose/);
  }
  // As one's own proposal is by oneself, and one that has expired by anybody.
  const own = propose(straight(line), { records: 30, expiresAtMs: Date.now() + HOUR_MS });
  const late = propose(straight(line, {}, Date.now() - 2 * HOUR_MS), {
    records: 30,
    expiresAtMs: Date.now() - HOUR_MS,
  });
  const yes = { kind: 'approved', partner: line.partner } as const;
  await desk.give([own, late]);
  await desk.give([
    makeCommand({ ...yes, id: freshId(), by: own.by, of: own.id, proposal: own.proposal }),
    makeCommand({ ...yes, id: freshId(), by: 'ben@ops', of: late.id, proposal: late.proposal }),
  ]);
  await until(late.id, 'expired');
  expect([statusOf(own.id), desk.state.find(late.id)?.approval]).toEqual(['proposed', undefined]);

  // The command line proposes by itself, and does not approve what is its own.
  const proposed = await ess(line, 'replay', line.partner, '--earliest', '--rate', '5/s', '--yes');
  expect(proposed).toMatchObject({ status: 'proposed', records: 30, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const id = String(proposed['id']);
  const mine = await line.run('approve', id, '--yes');
  expect([mine.code, mine.stderr]).toEqual([1, expect.stringContaining('somebody else has to approve it')]);
  expect(await line.run('approve', id, '--dry-run')).toMatchObject({ code: 0 }); // but shows what was frozen
  const listed = line.ess(['proposals', '--partner', line.partner, '--json'], LIMIT);
  await listed.exited;
  expect(listed.rows().map((row) => [row['id'], row['status']])).toEqual([
    [own.id, 'proposed'],
    [id, 'proposed'],
  ]);
  expect(await ess(line, 'proposals', 'withdraw', id)).toMatchObject({ status: 'expired' });
  expect([partner.received.length, await offsets()]).toEqual([rules.length, positions]);

  // One that is approved can be taken back while it runs; then the same again, to its end, with more published meanwhile.
  const slow = String((await ess(line, 'replay', line.partner, '--earliest', '--rate', '1/s', '--yes'))['id']);
  await desk.give([await approvalOf(slow)]);
  await partner.until((received) => received.some(({ headers }) => headers['ess-replay'] === slow));
  await line.json('replay', 'undo', slow);
  expect(await replayEnd(desk, slow)).toBe('undone');

  const frozen = String(
    (await ess(line, 'replay', line.partner, '--earliest', '--rate', 'max', '--reason', 'its disk', '--yes'))['id'],
  );
  await line.source.publish(wave('later', 10, 1));
  await line.drained();
  const approval = await approvalOf(frozen);
  await desk.give([approval]);
  expect(await replayEnd(desk, frozen)).toBe('completed');
  await line.drained();
  const exact = { missing: [], outside: [], outOfOrder: [], leftBehind: [], repeated: [], deliveries: 30 };
  expect(judgeReplay(frozen, rules, partner.received)).toMatchObject(exact);
  // The same approval once more, and the same proposal with it.
  const before = partner.received.length;
  const { command } = desk.state.find(frozen) as { command: Command };
  await desk.give([{ ...command, kind: 'proposed' }, { ...approval, id: freshId() }, approval]);
  await line.source.publish([makeRule('last', 1)]);
  await partner.until((received) => received.some(({ body }) => body['ruleId'] === 'last'));
  expect([statusOf(frozen), partner.received.length]).toEqual(['completed', before + 1]);

  const moved = (await line.audit()).filter(({ outcome, replayId }) => outcome === 'moved' && replayId === frozen);
  expect(
    moved.some(({ reason }) => /^replay ordered by .+@.+, approved by ben@ops \(its disk\)$/.test(reason ?? '')),
  ).toBe(true);
});

test.concurrent('letters: a redrive that is approved takes those that were frozen, and of a critical partner nothing goes without', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 12 });
  await line.start();
  const letters = await writeLetters(line, wave('d', 12, 1));
  const [proposed] = [await ess(line, 'dead-letters', 'redrive', '--partner', line.partner, '--propose', '--yes')];
  const id = String(proposed['id']);
  expect(proposed).toMatchObject({ status: 'proposed', records: letters.length });
  await writeLetters(line, wave('more', 5, 1));
  await desk.give([await approvalOf(id)]);
  expect(await replayEnd(desk, id)).toBe('completed');
  expect(partner.received.map(({ body }) => body['ruleId']).sort()).toEqual(letters.map(({ ruleId }) => ruleId).sort());

  line.connect(partner.url, { critical: true });
  await line.workers[0]?.logged('connector.changed');
  const places = packLetters(Array.from({ length: 3 }, (_, offset) => ({ partition: 0, offset, times: 0 })));
  const selected = { reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: true };
  const redrive = { ...selected, topic: line.source.name, partitions: [0], letters: places };
  for (const kind of ['redrive', 'drop'] as const) {
    const alone = makeCommand({ id: freshId(), partner: line.partner, kind, by: 'mallory@ops', redrive });
    await desk.give([alone]);
    expect(await replayEnd(desk, alone.id)).toBe('refused');
    expect(detailsOf(alone.id)).toEqual([expect.stringContaining(`${line.partner} is critical`)]);
  }
  const drop = await ess(line, 'dead-letters', 'drop', '--partner', line.partner, '--why', 'test data', '--yes');
  expect(drop).toMatchObject({ status: 'proposed', records: 5, why: `${line.partner} is critical` });
  const listed = async (state: string) => {
    const command = line.ess(['dead-letters', 'list', '--partner', line.partner, '--state', state, '--json']);
    await command.exited;
    return command.rows();
  };
  expect(await listed('parked')).toHaveLength(5);
  // Somebody else's is looked at and approved on the command line, by the digest of what was looked at.
  const asked = { why: 'test data', reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: 9, force: true };
  const plan = await planRedrive(
    stack.kafka,
    desk.codec,
    { partner: line.partner, states: new Set(['parked']) },
    asked,
  );
  const [command] = dropCommands(plan, { ...asked, by: 'mallory@ops' });
  if (!command) throw new Error('there are letters to drop');
  const theirs = propose(command, { records: 5, expiresAtMs: Date.now() + HOUR_MS });
  await desk.give([theirs]);
  const digest = theirs.proposal?.digest ?? '';
  const seen = await line.run('approve', theirs.id, '--dry-run');
  expect([seen.code, seen.stdout]).toEqual([0, expect.stringContaining(digest)]);
  for (const rule of ['more0', 'more4']) expect(seen.stdout).toContain(rule);
  const another = await line.run('approve', theirs.id, '--digest', 'f'.repeat(64), '--yes');
  expect([another.code, another.stderr, statusOf(theirs.id)]).toEqual([2, expect.stringContaining(digest), 'proposed']);
  const approved = await line.json('approve', theirs.id, '--digest', digest.slice(0, 12), '--yes');
  expect(approved).toMatchObject({ kind: 'drop', by: 'mallory@ops', approvedBy: expect.stringContaining('@') });
  expect(await replayEnd(desk, theirs.id)).toBe('completed');
  expect([(await listed('parked')).length, (await listed('dropped')).length]).toEqual([0, 5]);
});

test.concurrent('the last version runs no proposal, approved or not, and drops nothing: that waits for a worker that knows of it', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const old = line.spawn({}, [], lastVersion());
  await line.stable(1);
  const rules = wave('s', 10, 1);
  await line.source.publish(rules);
  await line.drained();
  await writeLetters(line, [makeRule('parked', 1)]);
  const id = String((await ess(line, 'replay', line.partner, '--earliest', '--propose', '--yes'))['id']);
  await desk.give([await approvalOf(id)]);
  const drop = await ess(line, 'dead-letters', 'drop', '--partner', line.partner, '--no-wait', '--yes');
  // What comes behind them in the topic it obeys: so it has read them.
  const by = { partner: line.partner, by: 'anna@ops' };
  await desk.give([makeCommand({ ...by, id: freshId(), kind: 'pause' })]);
  await old.logged('partner.paused');
  await desk.give([makeCommand({ ...by, id: freshId(), kind: 'resume' })]);
  await old.logged('partner.unpaused');
  await caughtUp();
  expect([statusOf(id), statusOf(String(drop['id'])), partner.received.length]).toEqual(['running', 'running', 10]);
  await old.signal('SIGTERM');
  line.spawn();
  expect(await replayEnd(desk, id)).toBe('completed');
  expect(await replayEnd(desk, String(drop['id']))).toBe('completed');
  await line.drained();
  expect(judgeReplay(id, rules, partner.received)).toMatchObject({ missing: [], outside: [], repeated: [] });
});

test.concurrent('with no worker running: what somebody moved without asking is taken back unsent, what is approved is moved and sent', async () => {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const first = line.spawn();
  await line.stable(1);
  const rules = wave('n', 10, 3);
  await line.source.publish(rules);
  await line.drained();
  await first.signal('SIGTERM');
  const position = async () => (await line.committed()).get(0)?.offset;

  const alone = String((await line.json('replay', line.partner, '--earliest', '--yes'))['id']);
  await caughtUp();
  expect([await position(), statusOf(alone)]).toEqual([0, 'running']);
  const second = line.spawn(LIMIT);
  expect(await replayEnd(desk, alone)).toBe('refused');
  await line.drained();
  expect([await position(), partner.received.length]).toEqual([rules.length, rules.length]);
  await second.signal('SIGTERM');

  const partitions = [{ partition: 0, target: 0, until: rules.length }];
  const proposed = propose(straight(line, { partitions }), { records: 30, expiresAtMs: Date.now() + HOUR_MS });
  await desk.give([proposed]);
  expect(await line.json('approve', proposed.id, '--yes')).toMatchObject({ status: 'running', by: 'mallory@ops' });
  expect(await position()).toBe(0);
  line.spawn(LIMIT);
  expect(await replayEnd(desk, proposed.id)).toBe('completed');
  await line.drained();
  const exact = { missing: [], outside: [], outOfOrder: [], leftBehind: [], repeated: [], deliveries: 30 };
  expect(judgeReplay(proposed.id, rules, partner.received)).toMatchObject(exact);
  expect(partner.received.some(({ headers }) => headers['ess-replay'] === alone)).toBe(false);
});

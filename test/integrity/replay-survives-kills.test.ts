// A replay survives kill -9 of a worker at every step between the command and its end: the next owner finds in ess.control
// and in the commit metadata how far it is, and the range goes out exactly. The kills come from outside, when the worker's
// own log says that the step has come.

import { setTimeout as delay } from 'node:timers/promises';
import type { ControlLog } from '@ess/stream/read/control-log.ts';
import { expect, test } from '@jest/globals';
import { evictMember } from '../fakes/kafka/evict.ts';
import { FakePartner } from '../fakes/partner.ts';
import { openControl, replayEnd } from '../harness/data/control.ts';
import { makeRule } from '../harness/data/rules.ts';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { FULL, report, sized } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judgeReplay } from '../judges/replay-judge.ts';

const KEYS = sized(40, 400);
/** Versions of each rule that the replay covers, and those after it. */
const [COVERED, LATER] = [5, 2];
const CONCURRENCY = 4;

type Step = { readonly line: string } | { readonly receives: number };

const STEPS: ReadonlyArray<readonly [name: string, step: Step]> = [
  ['before the drain', { line: 'replay.draining' }],
  ['after the drain', { line: 'replay.drained' }],
  ['after the commit', { line: 'replay.committed' }],
  ['after the seek', { line: 'replay.moved' }],
  ['in the middle', { receives: Math.floor((KEYS * COVERED) / 2) }],
  ['while the newest versions go out', { receives: KEYS * COVERED + 10 }],
];

/** In the reduced size the three that differ most: nothing moved yet, moved and not known, half sent. */
const REDUCED = new Set(['after the drain', 'after the commit', 'in the middle']);
const steps = STEPS.filter(([name]) => FULL || REDUCED.has(name));

test('a worker killed at any step of a replay: the replay completes exactly over its range', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  const verdicts = await Promise.all(steps.map(([name, step]) => killedAt(stack, control, name, step)));
  for (const verdict of verdicts)
    expect(verdict).toMatchObject({
      status: 'completed',
      missing: [],
      outside: [],
      outOfOrder: [],
      leftBehind: [],
      lag: 0,
      tooManyRepeated: 0,
    });
});

async function killedAt(stack: TestStack, control: ControlLog, name: string, step: Step) {
  await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 5 }));
  await using line = await Pipeline.open(stack, partner, {
    partitions: 2,
    deliver: { concurrency: CONCURRENCY },
  });
  const [first] = (await line.start(1)) as [EssProcess];
  const wave = (from: number, versions: number) =>
    Array.from({ length: KEYS * versions }, (_, index) =>
      makeRule(`r${index % KEYS}`, from + Math.floor(index / KEYS)),
    );
  const covered = wave(1, COVERED);
  await line.source.publish(covered);
  const untilMs = Date.now() + 50;
  await delay(100); // the clock is the state that is awaited
  await line.source.publish(wave(COVERED + 1, LATER));
  await line.drained();

  const [firstId] = await line.stable(1);
  line.spawn(); // takes over
  const ids = await line.stable(2);
  const before = partner.received.length;
  const killed = line.workers.map((worker) => killWhen(worker, partner, step, before));
  const { id } = await line.json('replay', line.partner, '--earliest', '--until', String(untilMs), '--yes');
  await Promise.any(killed);
  // As when its session is over, only at once.
  const isFirst = first.ended === 'SIGKILL';
  const dead = ids.find((one) => (one === firstId) === isFirst);
  if (dead !== undefined) await evictMember(stack, line.group, dead);
  const status = await replayEnd(control, String(id));
  await line.drained();
  const verdict = judgeReplay(String(id), covered, partner.received);
  report(`replay, kill -9 ${name}`, `${covered.length} records, ${KEYS} keys, 2 workers`, {
    deliveries: verdict.deliveries,
    missing: verdict.missing.length,
    outside: verdict.outside.length,
    'out of order': verdict.outOfOrder.length,
    repeated: verdict.repeated.length,
  });
  expect(first.ended === 'SIGKILL' || line.workers[1]?.ended === 'SIGKILL').toBe(true);
  return {
    ...verdict,
    name,
    status,
    lag: await line.lag(),
    // In flight, or on their way to an audit row, when the worker was killed: bounded by what it had under way.
    tooManyRepeated: Math.max(0, verdict.repeated.length - 16 * CONCURRENCY),
  };
}

/** Resolves when this worker is dead; never for one that does not reach the step. */
async function killWhen(worker: EssProcess, partner: FakePartner, step: Step, before: number): Promise<void> {
  if ('line' in step) await worker.logged(step.line, () => true, PATIENCE_MS);
  else await partner.until((received) => received.length >= before + step.receives);
  if (worker.ended === undefined && !killedOnce.has(partner)) {
    killedOnce.add(partner);
    await worker.signal('SIGKILL');
    return;
  }
  throw new Error('the other one is killed');
}
const killedOnce = new WeakSet<FakePartner>();

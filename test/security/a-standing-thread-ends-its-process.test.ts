// A record that a program never comes back from ends that process, not the fleet: it is on record by then, and after two
// processes whoever comes next parks it. A machine that was frozen has no part in this, however often.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { evictMembers } from '../fakes/kafka/evict.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Belt, PROJECTOR_MAIN } from '../harness/programs/belt.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { FULL, sized } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { STANDING, WHILE_MAPPED, WHILE_READ } from '../judges/standing.ts';

const FREEZES = sized(1, 20);
/** Longer than a thread may stand. */
const FROZEN_MS = 15_000;
/** All of them take longer than a test has. */
const FREEZES_MS = FULL ? 600_000 : undefined;
const MAPPING = { fields: { ruleId: 'ruleId', version: 'version', title: 'title' } };
const RULES = ['a', 'b', 'c', 'd'];
const PARKED = { reason: 'decode', detail: 'stopped the program twice' };

const versions = (version: number) => RULES.map((ruleId) => makeRule(ruleId, version));

const newest = ({ received }: FakePartner, ruleId: string) =>
  Math.max(...received.filter(({ body }) => body['ruleId'] === ruleId).map(({ body }) => Number(body['version'])));

test.concurrent('what nobody comes back from is parked after two processes, and the rest is delivered', async () => {
  await using stack = await openTestStack();
  // Side by side: each waits twice for ten seconds.
  await Promise.all([workersPark(stack, WHILE_READ, 0), workersPark(stack, WHILE_MAPPED, 1), projectorsPark(stack)]);
});

/** @param attempt as the audit rows have it */
async function workersPark(stack: TestStack, title: string, attempt: number): Promise<void> {
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2, mapping: MAPPING, script: STANDING });
  await line.source.publish([...versions(1), makeRule('bad', 1)]);
  const [bad] = await line.source.publish([makeRule('bad', 2, { title })]);
  await line.source.publish([makeRule('bad', 3), ...versions(2)]);
  for (const _ of [1, 2]) {
    await stands(line.spawn());
    await evictMembers(stack, line.group);
  }
  const last = line.spawn();
  await line.drained();
  expect(last.ended).toBeUndefined();

  const place = { topic: line.source.name, partition: bad?.partition, offset: bad?.offset };
  expect(await line.deadLetters()).toMatchObject([{ ...PARKED, ...place }]);
  const rows = (await line.audit()).filter(({ outcome }) => outcome === 'cut');
  const row = { ...place, partner: line.partner, reason: 'thread stood', attempt };
  expect(rows).toMatchObject([row, row]);
  expect(new Set(rows.map(({ worker }) => worker)).size).toBe(2);
  for (const ruleId of RULES) expect([ruleId, newest(partner, ruleId)]).toEqual([ruleId, 2]);
  expect(newest(partner, 'bad')).toBe(3);
}

async function projectorsPark(stack: TestStack): Promise<void> {
  await using belt = await Belt.open(stack, 2);
  await belt.source.publish([makeRule('good', 1), makeRule('bad', 1)]);
  await belt.source.publish([makeRule('bad', 2, { title: WHILE_READ })]);
  await belt.source.publish([makeRule('bad', 3), makeRule('good', 2)]);
  for (const _ of [1, 2, 3]) {
    const projector = belt.spawn(undefined, [STANDING, PROJECTOR_MAIN]);
    if (_ === 3) break;
    await stands(projector);
    await evictMembers(stack, belt.names.group);
  }
  await belt.drained();
  expect(await belt.deadLetters()).toMatchObject([{ ...PARKED, partner: 'public' }]);
  const seen = (await belt.seen()).map(({ rule: { ruleId, version } }) => `${ruleId} ${version}`);
  expect(seen.toSorted()).toEqual(['bad 1', 'bad 3', 'good 1', 'good 2']);
}

/** Resolves when the process has ended itself because its thread stood. */
async function stands(program: EssProcess): Promise<void> {
  expect(await program.exited).toBe('SIGKILL');
  expect(program.output).toContain('thread.stood');
}

test.concurrent('when several records were at work, each is tried alone, and what gets through is not parked', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(() => 'hang');
  await using line = await Pipeline.open(stack, partner, { mapping: MAPPING, script: STANDING });
  const first = line.spawn();
  await first.logged('partitions.assigned');
  await line.source.publish(versions(1));
  await partner.until((received) => received.length === RULES.length);
  process.kill(first.pid, 'SIGUSR2');
  await stands(first);
  await evictMembers(stack, line.group);
  const among = { outcome: 'cut', reason: 'thread stood, with others at work', attempt: 1 };
  expect(await line.audit()).toMatchObject(RULES.map(() => among));

  const together: number[] = [];
  let open = 0;
  partner.reply = () => {
    open += 1;
    together.push(open);
    setTimeout(() => {
      open -= 1;
    }, 40);
    return { status: 200, afterMs: 50 };
  };
  line.spawn();
  await line.drained();
  expect(together).toEqual(RULES.map(() => 1));
  expect(await line.deadLetters()).toEqual([]);
});

test.concurrent(
  'freezes of the machine park nothing and end nothing',
  async () => {
    await using stack = await openTestStack();
    await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 200 }));
    await using line = await Pipeline.open(stack, partner, { partitions: 2, mapping: MAPPING });
    const [worker] = (await line.start()) as [EssProcess];
    for (let version = 1; version <= FREEZES; version += 1) {
      const before = partner.received.length;
      await line.source.publish(versions(version));
      await partner.until(({ length }) => length > before); // some are at work
      await worker.signal('SIGSTOP');
      await delay(FROZEN_MS);
      await worker.signal('SIGCONT');
    }
    await line.drained();
    expect(worker.ended).toBeUndefined();
    expect(await line.deadLetters()).toEqual([]);
    expect((await line.audit()).filter(({ reason }) => reason?.startsWith('thread stood'))).toEqual([]);
    for (const ruleId of RULES) expect([ruleId, newest(partner, ruleId)]).toEqual([ruleId, FREEZES]);
  },
  FREEZES_MS,
);

// Where a replay may begin, replays while no worker runs, replays of what is in force, partitions that are added in the
// middle, and pauses that outlive restarts.
import { readSchema } from '@ess/schemas/catalog.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { openControl, replayEnd } from '../harness/data/control.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judgeReplay } from '../judges/replay-judge.ts';

const EXACT = { missing: [], outside: [], outOfOrder: [], leftBehind: [] };
const wave = (keys: number, from: number, versions: number) =>
  Array.from({ length: keys * versions }, (_, index) => makeRule(`r${index % keys}`, from + Math.floor(index / keys)));

test.concurrent('with no worker the command line moves the positions, takes them back, and the next worker sends; what is out of range is refused', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const [first] = await line.start();
  const rules = wave(10, 1, 3);
  await line.source.publish(rules);
  await line.drained();
  await first?.signal('SIGTERM');
  const positions = await offsets(line);

  const given = await line.json('replay', line.partner, '--earliest', '--yes', '--reason', 'lost its disk');
  expect([given['status'], await offsets(line)]).toEqual(['running', [0, 0]]);
  const undone = await line.json('replay', 'undo', String(given['id']));
  expect([undone['status'], await offsets(line)]).toEqual(['undone', positions]);

  const again = await line.json('replay', line.partner, '--since', '1h', '--yes');
  await line.start();
  expect(await replayEnd(control, String(again['id']))).toBe('completed');
  await line.drained();
  const verdict = judgeReplay(String(again['id']), rules, partner.received);
  expect(verdict).toMatchObject({ ...EXACT, deliveries: 30, repeated: [] });
  expect(await offsets(line)).toEqual(positions);
  const [moved] = (await line.audit()).filter(({ outcome }) => outcome === 'moved');
  expect(moved).toMatchObject({ replayId: given['id'], reason: expect.stringContaining('lost its disk'), offset: 0 });

  const low = Math.floor((positions[0] ?? 0) / 2);
  await stack.admin.deleteTopicRecords({
    topic: line.source.name,
    partitions: [{ partition: 0, offset: String(low) }],
  });
  const refusals = await Promise.all([
    line.run('replay', line.partner, '--since', '2h', '--yes'),
    line.run('replay', line.partner, '--since', '2099-01-01', '--yes'),
    line.run('replay', line.partner, '--from-offset', `0:${low - 1}`, '--yes'),
  ]);
  const wanted = [
    expect.stringContaining('retention has taken'),
    expect.stringContaining('is in the future'),
    expect.stringContaining(`from ${low} to ${positions[0]}`),
  ];
  expect(refusals.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual(
    wanted.map((message) => [2, '', message]),
  );
  const clamped = await line.json('replay', line.partner, '--since', '2h', '--clamp', '--dry-run');
  expect((clamped['partitions'] as object[])[0]).toMatchObject({ after: low, cutTo: expect.any(String) });
});

test.concurrent('partitions that are added during a replay change nothing of it, and their records follow', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  await line.start();
  const rules = wave(20, 1, 4);
  await line.source.publish(rules);
  await line.drained();
  const { id } = await line.json('replay', line.partner, '--earliest', '--rate', '40/s', '--yes');
  await partner.until((received) => received.length >= 90);
  const { name } = line.source;
  await stack.admin.createPartitions({ topicPartitions: [{ topic: name, count: 4 }] });
  line.spawn(); // a join reads the partitions again
  await line.stable(2);
  const later = wave(20, 5, 1);
  const outbox = new Outbox(stack.kafka);
  await outbox.append(later.map((rule) => ({ topic: name, key: rule.ruleId, value: line.source.encode(rule) })));
  await outbox.close(5_000);
  expect(await replayEnd(control, String(id))).toBe('completed');
  await line.drained();
  const { missing, outOfOrder, leftBehind, repeated } = judgeReplay(String(id), rules, partner.received);
  expect({ missing, outOfOrder, leftBehind, repeated }).toEqual({
    missing: [],
    outOfOrder: [],
    leftBehind: [],
    repeated: [],
  });
  expect(
    new Set(partner.received.filter(({ body }) => body['version'] === 5).map(({ body }) => body['ruleId'])).size,
  ).toBe(20);
});

test.concurrent('--current sends every rule in force once, from rules.latest, in the scope of the partner', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  const scope = `scope-${Date.now()}`;
  await using line = await Pipeline.open(stack, partner, { topic: 'rules', source: { where: { scope } } });
  await line.start();
  const rules = Array.from({ length: 20 }, (_, index) => makeRule(`${scope}-${index}`, 3, { scope }));
  await publishLatest(stack, [...rules, makeRule(`${scope}-other`, 1, { scope: `${scope}-other` })], [`${scope}-19`]);
  const preview = await line.json('replay', line.partner, '--current', '--dry-run');
  expect(preview).toMatchObject({ inScope: 19 });
  const { id } = await line.json('replay', line.partner, '--current', '--yes', '--reason', 'onboarding');
  expect(await replayEnd(control, String(id))).toBe('completed');
  const verdict = judgeReplay(String(id), rules.slice(0, 19), partner.received);
  expect(verdict).toMatchObject({ ...EXACT, deliveries: 19, repeated: [] });
});

test.concurrent('a pause holds everything back, also from workers that start later, until it is resumed', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const [first] = await line.start();
  await line.json('pause', line.partner, '--reason', 'maintenance');
  await first?.logged('partner.paused');
  await line.source.publish(wave(10, 1, 2));
  const waits = async () => {
    const [status] = (await line.json('status', line.partner)) as unknown as [Record<string, unknown>];
    return status;
  };
  expect(await waits()).toMatchObject({
    state: 'paused',
    waiting: { paused: 20 },
    paused: { reason: 'maintenance' },
    etaSeconds: null,
  });
  await first?.signal('SIGTERM');
  await line.start();
  expect(await waits()).toMatchObject({ state: 'paused', waiting: { paused: 20 }, workers: [{ partitions: [0, 1] }] });
  expect(partner.received).toEqual([]);
  await line.json('resume', line.partner);
  await line.drained();
  expect(partner.received).toHaveLength(20);
  const done = await eventually('flowing', async () =>
    (await waits())['state'] === 'flowing' ? await waits() : undefined,
  );
  expect(done).toMatchObject({ lag: { records: 0 }, breaker: { state: 'closed' }, deadLetters: 0, replay: null });
});

async function offsets(line: Pipeline): Promise<number[]> {
  return [...(await line.committed()).entries()].sort(([a], [b]) => a - b).map(([, { offset }]) => offset);
}

/** As the projector writes it: the newest version of each rule, a tombstone for one that is no longer in force. */
async function publishLatest(stack: TestStack, rules: ReturnType<typeof makeRule>[], gone: string[]): Promise<void> {
  const encode = await new Codec(stack.registry).encoder('rules-value', readSchema('rules') as object);
  const outbox = new Outbox(stack.kafka);
  const older = rules.map((rule) => ({ ...rule, version: Number(rule.version) - 1 }));
  const rows = [...older, ...rules].map((rule) => ({ topic: 'rules.latest', key: rule.ruleId, value: encode(rule) }));
  await outbox.append([...rows, ...gone.map((key) => ({ topic: 'rules.latest', key, value: null }))]);
  await outbox.close(5_000);
}

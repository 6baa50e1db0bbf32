// `ess status --watch` beside workers, an outage and a replay: who owns what, who is idle and why, what waits and for which
// cause; and `ess audit --follow` and `ess tail -f`, which show what happens while it happens.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { openTestStack } from '../harness/test-stack.ts';

interface Status {
  readonly state: string;
  readonly workers: ReadonlyArray<{ readonly partitions: readonly number[]; readonly idle: string | null }>;
  readonly partitions: ReadonlyArray<{ readonly worker: string | null }>;
  readonly lag: { readonly records: number; readonly seconds: number };
  readonly waiting: Readonly<Record<string, number>>;
  readonly etaSeconds: number | null;
  readonly trend: { readonly direction: string; readonly recordsThen: number } | null;
  readonly retrying: { readonly records: number; readonly attempts: number; readonly reason: string } | null;
  readonly drift: { readonly rules: number | null; readonly oldestSeconds: number | null };
  readonly breaker: { readonly state: string; readonly since: string | null; readonly reason: string | null };
  readonly replay: { readonly id: string } | null;
  readonly replayWindow: { readonly seconds: number };
}

const KEYS = 20;
const wave = (from: number, versions: number) =>
  Array.from({ length: KEYS * versions }, (_, index) => makeRule(`r${index % KEYS}`, from + Math.floor(index / KEYS)));

test('status names owners, spares and the cause of what waits, as it changes; audit and tail follow along', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const watch = line.ess(['status', line.partner, '--watch', '0.5', '--json']);
  /** The first one from now on. */
  const told = (what: string, matches: (status: Status) => boolean): Promise<Status> => {
    const from = linesOf(watch).length;
    return eventually(what, () =>
      linesOf(watch)
        .slice(from)
        .map((text) => (JSON.parse(text) as [Status])[0])
        .find(matches),
    );
  };

  const first = await told('no worker', () => true);
  expect(first).toMatchObject({ state: 'unowned', trend: null, retrying: null });
  await line.start(3);
  // Who owns a partition says so with its first commit, a moment after the group is stable.
  const three = await told('three workers, of whom two own', ({ workers, partitions }) => {
    const owners = new Set(partitions.map(({ worker }) => worker));
    return workers.length === 3 && owners.size === 2 && !owners.has(null);
  });
  expect(three.workers.map(({ partitions }) => partitions.length).sort()).toEqual([0, 1, 1]);
  expect(three.workers.find(({ partitions }) => partitions.length === 0)?.idle).toMatch(
    /has 2 partitions and 3 workers share them: this one is a spare/,
  );

  const audit = line.ess([
    'audit',
    '--partner',
    line.partner,
    '--outcome',
    'delivered,held',
    '--since',
    '1h',
    '--follow',
    '--json',
  ]);
  const tail = line.ess(['tail', line.source.name, '--since', '1h', '-f']);
  await line.source.publish(wave(1, 1));
  await line.drained();
  // One rule fails among others: it is tried again, and the partner is not held for it.
  partner.reply = ({ body }) => (body['ruleId'] === 'r0' ? 503 : 200);
  await line.source.publish(wave(2, 1));
  const again = await told('tried again', ({ state, retrying }) => state === 'retrying' && retrying !== null);
  expect(again).toMatchObject({ retrying: { records: 1, reason: 'status-503' }, breaker: { state: 'closed' } });
  expect(again.retrying?.attempts).toBeGreaterThan(0);
  partner.reply = () => 200;
  await line.drained();
  expect((await told('it got through', ({ retrying }) => retrying === null)).breaker.state).toBe('closed');
  await tail.printed(2 * KEYS);

  await partner.down();
  await line.source.publish(wave(3, 2));
  const held = await told('held', ({ waiting }) => (waiting['held'] ?? 0) === 2 * KEYS);
  expect(held).toMatchObject({ state: 'held', etaSeconds: null, lag: { records: 2 * KEYS } });
  expect(held.breaker).toMatchObject({ state: 'open', reason: 'ECONNREFUSED', since: expect.any(String) });
  const adrift = await told('all of it drifts', ({ drift }) => drift.rules === KEYS);
  expect(adrift.drift.oldestSeconds).toBeGreaterThan(0);
  const { stdout } = await line.run('status', line.partner);
  expect(stdout).toMatch(/^\S+ {2}held /);
  for (const line of [
    / owns [01] of 2$/m,
    / idle: .* a spare/,
    /^ {2}breaker +open since .*ECONNREFUSED$/m,
    /^ {2}drift +20 rules, the oldest for/m,
  ])
    expect(stdout).toMatch(line);
  await partner.up();
  const flowing = await told('flowing', ({ state, lag }) => state === 'flowing' && lag.records === 0);
  expect(flowing).toMatchObject({ breaker: { state: 'closed' }, etaSeconds: 0 });
  expect(flowing.replayWindow.seconds).toBeGreaterThan(0);
  await told('in step', ({ drift }) => drift.rules === 0);

  // So slow that it is seen, and stopped before its end, on any machine.
  const { id } = await line.json('replay', line.partner, '--earliest', '--rate', '4/s', '--yes');
  const replaying = await told(
    'replaying',
    ({ state, waiting }) => state === 'replaying' && (waiting['replaying'] ?? 0) > 0,
  );
  expect(replaying.replay?.id).toBe(id);
  await line.json('replay', 'cancel', String(id), '--wait');

  // Every delivery of the live records has come by, as well as what was held.
  const rows = () => linesOf(audit).map((text) => JSON.parse(text) as { outcome: string; partner: string });
  await eventually('the audit rows', () =>
    rows().filter(({ outcome }) => outcome === 'delivered').length >= 4 * KEYS ? true : undefined,
  );
  expect(rows().some(({ outcome }) => outcome === 'held')).toBe(true);
  expect(new Set(rows().map((row) => row.partner))).toEqual(new Set([line.partner]));
  await tail.printed(4 * KEYS);
  const versions = linesOf(tail).map((text) => (JSON.parse(text) as { value: { version: number } }).value.version);
  expect(versions.sort()).toEqual(wave(1, 4).map(({ version }) => version));
  for (const follower of [audit, tail]) {
    await follower.signal('SIGTERM');
    expect(follower.ended).toBe(0);
  }
});

/** Whole lines only: the last one may still be on its way. */
function linesOf({ stdout }: EssProcess): string[] {
  return stdout.split('\n').slice(0, -1);
}

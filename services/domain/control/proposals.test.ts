// A proposal runs when another person approves exactly it, in time, once; and whoever reads the topic comes to the same answer.
import type { Command, OrderKind } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { proposalDigest } from './approval.ts';
import type { CommandState } from './control-state.ts';
import { ControlState, controlKey, makeCommand, partitionsOf } from './control-state.ts';
import { isFinal } from './progress.ts';

const AT = 1_000;
const EXPIRES = 5_000;
const replayOrder = {
  topic: 'rules',
  partitions: [0, 1].map((partition) => ({ partition, target: 0, until: 9 })),
  ...{ key: null, newIds: false, ratePerSecond: null, current: false },
};
const letters = {
  ...{ reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: false },
  ...{ topic: 'rules', partitions: [0], letters: [{ partition: 3, offsets: [4, 8], times: [0, 1] }] },
};

function proposed(id: string, kind: OrderKind = 'replay', by = 'anna@ops', partner = 'hospital'): Command {
  const order = kind === 'replay' ? { replay: replayOrder } : { redrive: letters };
  const command = makeCommand({ id, partner, kind: 'proposed', by, ...order }, AT);
  const proposal = { kind, expiresAt: EXPIRES, records: 18, connector: null };
  return { ...command, proposal: { ...proposal, digest: proposalDigest(command, proposal) } };
}
const redigested = (one: Command): Command => ({
  ...one,
  proposal: one.proposal && { ...one.proposal, digest: proposalDigest(one, one.proposal) },
});
const approved = (one: Command, id = `${one.id}-yes`, by = 'ben@ops', at = 2_000): Command =>
  makeCommand({ id, partner: one.partner, kind: 'approved', by, of: one.id, proposal: one.proposal }, at);
const expired = (one: Command, by = one.by, at = 2_000): Command =>
  makeCommand({ id: `${one.id}-no`, partner: one.partner, kind: 'expired', by, of: one.id }, at);
const through = (id: string, partition: number, partner = 'hospital'): Command =>
  makeCommand({
    ...{ id, partner, kind: 'progress', by: 'worker-1' },
    progress: {
      ...{ partition, state: 'completed', before: 9, target: 0, until: 9 },
      ...{ records: 9, failed: 0, passed: 0, detail: null, refused: false },
    },
  });

const fold = (...commands: Command[]): ControlState => {
  const state = new ControlState();
  for (const command of commands) state.apply(command);
  return state;
};
const P = proposed('p');

test.each<[OrderKind]>([['replay'], ['redrive'], ['drop']])(
  'a proposed %s waits until it is approved, and then runs as what it is',
  (kind) => {
    const one = proposed('p', kind);
    const waits = fold(one);
    expect([waits.find('p')?.status, waits.active('hospital', kind), waits.list(kind)]).toEqual([
      'proposed',
      undefined,
      [],
    ]);
    expect(waits.waiting().map(({ command }) => command.id)).toEqual(['p']);
    const runs = fold(one, approved(one));
    expect(runs.active('hospital', kind)).toMatchObject({
      command: { id: 'p', kind, by: 'anna@ops' },
      status: 'running',
      approval: { by: 'ben@ops' },
    });
    expect([runs.waiting(), runs.proposals().length]).toEqual([[], 1]);
    const letterCount = runs.find('p')?.command.redrive?.letters[0]?.offsets.length;
    expect(letterCount).toBe(kind === 'replay' ? undefined : 2);
  },
);

describe('an approval changes nothing and says why', () => {
  const other = proposed('q');
  test.each<[string, Command[], Command, string]>([
    ['of nothing', [], approved(P), 'there is no proposal "p"'],
    ['of what was never proposed', [{ ...P, kind: 'replay', proposal: null }], approved(P), 'there is no proposal "p"'],
    ['for another partner', [P], { ...approved(P), partner: 'county-ems' }, 'p is a proposal for hospital'],
    [
      'of another digest',
      [P],
      { ...approved(P), proposal: other.proposal && { ...other.proposal, digest: 'f'.repeat(64) } },
      'the digest is not',
    ],
    ['without a digest', [P], { ...approved(P), proposal: null }, 'the digest is not'],
    ['by the same person', [P], approved(P, 'a', 'anna@ops'), 'anna@ops has proposed it'],
    ['by the same person at another machine', [P], approved(P, 'a', 'anna@bastion'), 'anna@ops has proposed it'],
    ['that is late', [P], approved(P, 'a', 'ben@ops', EXPIRES), 'p has expired before'],
    ['of what was withdrawn', [P, expired(P)], approved(P), 'p has expired before'],
    ['of what has expired on record', [P, expired(P, 'worker-1', EXPIRES)], approved(P), 'p has expired before'],
    ['that is the second one', [P, approved(P)], approved(P, 'again', 'cem@ops'), 'p was approved by ben@ops before'],
    ['of what is through', [P, approved(P), through('p', 0), through('p', 1)], approved(P, 'again'), 'was approved'],
    [
      'while another one runs',
      [{ ...P, id: 'r', kind: 'replay', proposal: null }, P],
      approved(P),
      'replay r of hospital runs',
    ],
    [
      'of a drop while a redrive runs',
      [{ ...proposed('r', 'redrive'), kind: 'redrive', proposal: null }, proposed('d', 'drop')],
      approved(proposed('d', 'drop')),
      'redrive r of hospital runs',
    ],
  ])('%s', (_, before, approval, why) => {
    const state = fold(...before);
    const told = () => [state.find('p'), state.find('d'), state.active('hospital', 'replay')];
    const unchanged = told();
    expect(state.apply(approval)).toContain(why);
    expect(told()).toEqual(unchanged);
  });
});

test('who did not make it ends it only when its time is over; what waits cannot be cancelled, and has no progress', () => {
  const state = fold(P);
  expect(state.apply(expired(P, 'ben@ops', EXPIRES - 1))).toContain('has not expired');
  const cancel = makeCommand({ id: 'c', partner: 'hospital', kind: 'cancel', by: 'anna@ops', of: 'p' });
  expect([state.apply(cancel), state.apply(through('p', 0))]).toEqual([
    'p does not run: it is proposed',
    'the command is not approved',
  ]);
  expect(state.find('p')?.status).toBe('proposed');
  expect([state.apply(expired(P, 'worker-1', EXPIRES)), state.find('p')?.status]).toEqual([undefined, 'expired']);
});

test('an approval while another one runs is not used up: after its end a new one counts', () => {
  const running: Command = { ...proposed('r'), kind: 'replay', proposal: null };
  const state = fold(running, P, approved(P), through('r', 0), through('r', 1), approved(P, 'later', 'cem@ops'));
  expect(state.find('p')).toMatchObject({ status: 'running', approval: { id: 'later' } });
});

test('an order that its workers refused is refused, not completed', () => {
  const order: Command = { ...proposed('r'), kind: 'replay', proposal: null };
  const refusal = (partition: number): Command => {
    const { progress, ...rest } = through('r', partition);
    return { ...rest, progress: progress && { ...progress, state: 'unchanged', refused: true, detail: 'critical' } };
  };
  const state = fold(order, refusal(0), refusal(1));
  expect([state.find('r')?.status, state.active('hospital', 'replay')]).toEqual(['refused', undefined]);
});

test('a partition that was stopped is cancelled, whatever became of the command that stopped it', () => {
  const order: Command = { ...proposed('r'), kind: 'replay', proposal: null };
  const { progress, ...rest } = through('r', 1);
  const stopped: Command = { ...rest, progress: progress && { ...progress, state: 'cancelled' } };
  expect(fold(order, through('r', 0), stopped).find('r')?.status).toBe('cancelled');
});

test('a drop and a redrive of one partner are not carried out at the same time', () => {
  const drop: Command = { ...proposed('d', 'drop'), kind: 'drop', proposal: null };
  const redrive: Command = { ...proposed('r', 'redrive'), kind: 'redrive', proposal: null };
  expect(fold(drop, redrive).find('r')).toMatchObject({ status: 'refused', refusedFor: 'd' });
  expect(fold(drop, through('d', 0), redrive).find('r')?.status).toBe('running');
});

test('proposals that nobody approves are taken up to a bound, and what ends makes room', () => {
  const state = new ControlState();
  let told: string | undefined;
  for (let index = 0; index < 60_000; index += 1) told = state.apply({ ...P, id: `p${index}` });
  expect([told, state.active('hospital', 'replay')]).toEqual(['too many proposals wait', undefined]);
  expect(state.apply({ ...expired(P), of: 'p0' })).toBeUndefined();
  expect(state.apply({ ...P, id: 'next' })).toBeUndefined();
});

describe('whatever order the records come in', () => {
  const people = ['anna@ops', 'ben@ops', 'cem@ops'] as const;
  const made = (['p0', 'p1', 'p2', 'p3'] as const).map((id, at) =>
    proposed(id, (['replay', 'redrive', 'drop'] as const)[at % 3], people[at % 2]),
  );
  const direct: Command[] = made.map((one) => ({
    ...one,
    id: `direct-${one.id}`,
    kind: one.proposal?.kind ?? 'replay',
    proposal: null,
  }));
  const about = fc.record({
    one: fc.constantFrom(...made),
    by: fc.constantFrom(...people),
    at: fc.constantFrom(1_500, EXPIRES - 1, EXPIRES, 9_000),
    forged: fc.boolean(),
  });
  const forge = (one: Command): Command => ({
    ...one,
    proposal: one.proposal && { ...one.proposal, digest: 'a'.repeat(64) },
  });
  const approval = about.map(({ one, by, at, forged }) => approved(forged ? forge(one) : one, 'x', by, at));
  const ending = about.map(({ one, by, at }) => expired(one, by, at));
  // A partition has one last word, as its owner writes it.
  const words = [...made, ...direct].flatMap(({ id }) => [0, 1].map((partition) => through(id, partition)));
  const once = fc.shuffledSubarray([...made, ...direct, ...words]);
  const history = fc
    .tuple(once, fc.array(fc.oneof(approval, ending), { maxLength: 12 }), fc.infiniteStream(fc.nat()))
    .map(([records, others, places]) => {
      const all = [...records];
      // Each record has a key of its own, as everybody writes it.
      for (const [at, other] of others.entries())
        all.splice(Number(places.next().value) % (all.length + 1), 0, { ...other, id: `other-${at}` });
      return all;
    });
  const told = (state: ControlState) =>
    [...state.list()]
      .map(({ command, status, approval, expiry, refusedFor }: CommandState) =>
        [command.id, command.kind, status, approval?.id, expiry?.id, refusedFor].join(' '),
      )
      .sort();

  test('every reader comes to the same: one that follows, one that begins later, and one after compaction', () => {
    fc.assert(
      fc.property(history, (records) => {
        const follows = fold(...records);
        const newest = new Map(records.map((record, at) => [controlKey(record), at]));
        const compacted = records.filter((record, at) => newest.get(controlKey(record)) === at);
        expect(told(fold(...records))).toEqual(told(follows));
        expect(told(fold(...compacted))).toEqual(told(follows));
      }),
    );
  });

  test('what is through is not done once more, also when a proposal or an approval is written again and the first copy is compacted away', () => {
    const isFinalFor = ({ progress }: CommandState, partition: number) => isFinal(progress.get(partition));
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (records, places) => {
        const all = [...records];
        for (const copy of records.filter(({ kind }) => kind !== 'progress'))
          if (Number(places.next().value) % 2 === 0) {
            const first = all.indexOf(copy) + 1;
            all.splice(first + (Number(places.next().value) % (all.length - first + 1)), 0, { ...copy });
          }
        const newest = new Map(all.map((record, at) => [controlKey(record), at]));
        const compacted = fold(...all.filter((record, at) => newest.get(controlKey(record)) === at));
        for (const before of fold(...all).list()) {
          const now = compacted.find(before.command.id);
          if (now?.status !== 'running') continue;
          const through = partitionsOf(before.command).filter((partition) => isFinalFor(before, partition));
          expect(through.filter((partition) => !isFinalFor(now, partition))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a proposal that is written again stands as it stood, for whoever begins to read after compaction', () => {
    // Each of a partner of its own: no other order is in its way.
    const own = made.map((one, at) => ({ ...one, partner: `partner-${at}` })).map(redigested);
    const said = fc.record({
      one: fc.constantFrom(...own),
      by: fc.constantFrom(...people),
      at: fc.constantFrom(1_500, 9_000),
    });
    const words = [
      said.map(({ one, by, at }) => approved(one, 'x', by, at)),
      said.map(({ one, by, at }) => expired(one, by, at)),
      said.map(({ one, at }) => through(one.id, at % 2, one.partner)),
    ];
    const lives = fc.tuple(
      fc.shuffledSubarray(own),
      fc.array(fc.oneof(...words), { maxLength: 16 }),
      fc.infiniteStream(fc.nat()),
    );
    fc.assert(
      fc.property(lives, ([proposals, others, places]) => {
        const all: Command[] = [...proposals];
        const place = (from: number) => from + (Number(places.next().value) % (all.length - from + 1));
        for (const [at, other] of others.entries())
          all.splice(place(0), 0, other.kind === 'progress' ? other : { ...other, id: `other-${at}` });
        for (const one of proposals) all.splice(place(all.indexOf(one) + 1), 0, { ...one });
        const newest = new Map(all.map((record, at) => [controlKey(record), at]));
        const compacted = all.filter((record, at) => newest.get(controlKey(record)) === at);
        expect(told(fold(...compacted))).toEqual(told(fold(...all)));
      }),
      { numRuns: 500 },
    );
  });

  test('nothing that was proposed runs or has run without an approval that fits it', () => {
    fc.assert(
      fc.property(history, (records) => {
        const state = fold(...records);
        for (const { command, status, approval } of state.proposals()) {
          if (status === 'proposed' || status === 'expired') continue;
          expect(records).toContainEqual(approval);
          expect(approval).toMatchObject({ kind: 'approved', of: command.id, partner: command.partner });
          expect(approval?.proposal?.digest).toBe(command.proposal?.digest);
          expect([approval?.by === command.by, (approval?.at ?? 0) < EXPIRES]).toEqual([false, true]);
        }
        for (const kind of ['replay', 'redrive', 'drop'] as const) {
          const active = state.active('hospital', kind);
          if (active?.command.proposal) expect(active.approval).toBeDefined();
        }
      }),
    );
  });
});

// Assignments one after the other: what ends one, and what opens the next.
import { FakeMember } from '@ess/test/fakes/kafka/fake-member.ts';
import { expect, test } from '@jest/globals';
import { Assignments } from './assignments.ts';

/** @param isLeaving asked when an assignment would be opened */
function assignmentsOf(member: FakeMember, isLeaving = () => false) {
  const errors: string[] = [];
  const note = (details: object, text: string) => void errors.push(`${text}: ${Object(details).error}`);
  let onOpen = () => {};
  const assignments = new Assignments({
    fetches: member,
    groupId: 'ess.a',
    log: { warn: note, error: note },
    restMs: 0,
    openAssignment: () => (isLeaving() ? undefined : member),
    onOpen: () => onOpen(),
    onLeft: () => {},
  });
  /** Resolves when the next one is open. */
  const nextOpen = () => new Promise<void>((resolve) => (onOpen = resolve));
  return { assignments, errors, nextOpen };
}

const OPENED = ['claim 1,4', 'start', 'assigned 1@5,4@5'];

async function joined(isLeaving?: () => boolean) {
  const member = new FakeMember();
  const made = assignmentsOf(member, isLeaving);
  const open = made.nextOpen();
  made.assignments.open([4, 1], false);
  await open;
  expect(member.noted()).toEqual(['pause 4,1', ...OPENED, 'resume 1,4']);
  return { ...made, member };
}

test('a join opens one: nothing is fetched until Kafka has said where its partitions start', async () => {
  const { assignments, member } = await joined();
  expect([assignments.partitions, assignments.current, assignments.isEnding]).toEqual([[1, 4], member, false]);
});

test('it ends once, however often that is asked; its partitions are ours until it has settled', async () => {
  const { assignments, member } = await joined();
  const settled = Promise.withResolvers<void>();
  member.meanwhile = () => settled.promise;
  void assignments.end();
  const ended = assignments.end();
  expect([assignments.current, assignments.isEnding, assignments.partitions]).toEqual([undefined, true, [1, 4]]);
  settled.resolve();
  await ended;
  expect([member.noted(), assignments.isEnding, assignments.partitions]).toEqual([['revoke'], false, []]);
});

test('nothing to end: at once', async () => {
  const { assignments } = assignmentsOf(new FakeMember());
  await assignments.end();
  expect(assignments.isEnding).toBe(false);
});

test('one that is ended to be opened again has the same partitions, sought where Kafka says after what ran in between', async () => {
  const { assignments, member, nextOpen } = await joined();
  const open = nextOpen();
  await assignments.end(async () => {
    expect([member.noted(), assignments.isEnding]).toEqual([['revoke'], true]);
    member.committed = 3;
  });
  expect([assignments.partitions, assignments.current, assignments.isEnding]).toEqual([[1, 4], member, false]);
  await open;
  const start = ['claim 1,4', 'start', 'assigned 1@3,4@3'];
  expect(member.noted()).toEqual(['pause 1,4', ...start, 'seek 1@3', 'seek 4@3', 'resume 1,4']);
});

test('a join that comes while one is reopened finds it ending, and then ends the next one', async () => {
  const { assignments, member, nextOpen } = await joined();
  const between = Promise.withResolvers<void>();
  const open = nextOpen();
  const reopened = assignments.end(() => between.promise);
  const ended = assignments.end(); // as the fence does, again and again
  expect(assignments.isEnding).toBe(true);
  between.resolve();
  await Promise.all([reopened, ended]);
  expect([assignments.isEnding, assignments.current]).toEqual([false, member]);
  await open;
  member.noted();
  await assignments.end();
  expect([member.noted(), assignments.partitions]).toEqual([['revoke'], []]);
});

test.each(['revoke', 'between'])(
  'when %s fails it is told, and the partitions are opened as they were',
  async (step) => {
    const { assignments, member, errors, nextOpen } = await joined();
    member.meanwhile = (question) => {
      if (question === step) throw new Error('no');
    };
    const open = nextOpen();
    let ran = 0;
    await assignments.end(async () => {
      ran += 1;
      throw new Error('no');
    });
    await open;
    expect([errors, ran, assignments.partitions]).toEqual([
      ['consumer.revoke-failed: Error: no'],
      step === 'revoke' ? 0 : 1,
      [1, 4],
    ]);
  },
);

test('whoever is leaving opens none, neither after a join that was under way nor again', async () => {
  let isLeaving = false;
  const { assignments, member } = await joined(() => isLeaving);
  const ended = assignments.end(async () => {
    isLeaving = true;
  });
  await ended;
  assignments.open([2], false);
  expect([member.noted(), assignments.current]).toEqual([['revoke', 'pause 1,4', 'pause 2'], undefined]);
});

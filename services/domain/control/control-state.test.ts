import type { Command, ProgressState } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { ControlState, controlKey, makeCommand } from './control-state.ts';

const replay = (id: string, partitions = [0, 1], partner = 'hospital'): Command =>
  makeCommand({
    id,
    partner,
    kind: 'replay',
    by: 'anna@ops',
    replay: {
      topic: 'rules',
      partitions: partitions.map((partition) => ({ partition, target: 0, until: null })),
      key: null,
      newIds: false,
      ratePerSecond: null,
      current: false,
    },
  });

const progress = (id: string, partition: number, state: ProgressState): Command =>
  makeCommand({
    id,
    partner: 'hospital',
    kind: 'progress',
    by: 'worker-1',
    progress: {
      partition,
      state,
      before: 10,
      target: 0,
      until: 10,
      records: 0,
      failed: 0,
      passed: 0,
      detail: null,
      refused: false,
    },
  });

const stop = (kind: 'cancel' | 'undo', of: string): Command =>
  makeCommand({ id: `${kind}-${of}`, partner: 'hospital', kind, by: 'anna@ops', of });

function fold(...commands: Command[]): ControlState {
  const state = new ControlState();
  for (const command of commands) state.apply(command);
  return state;
}

test('a replay runs until each of its partitions is through', () => {
  const some = [replay('a'), progress('a', 0, 'completed'), progress('a', 1, 'moved')];
  expect(fold(...some).active('hospital', 'replay')?.command.id).toBe('a');
  const all = fold(...some, progress('a', 1, 'completed'));
  expect([all.active('hospital', 'replay'), all.find('a')?.status]).toEqual([undefined, 'completed']);
});

test('a second replay of a partner is refused while the first one runs, and not after it', () => {
  const state = fold(
    replay('a', [0]),
    replay('b', [0]),
    replay('c', [0], 'county-ems'),
    progress('a', 0, 'completed'),
    replay('d', [0]),
  );
  expect(state.list('replay').map(({ command, status }) => [command.id, status])).toEqual([
    ['a', 'completed'],
    ['b', 'refused'],
    ['c', 'running'],
    ['d', 'running'],
  ]);
  expect(state.find('b')?.refusedFor).toBe('a');
});

test('a pause holds until it is resumed, for its partner only', () => {
  const pause = makeCommand({ id: 'p', partner: 'hospital', kind: 'pause', by: 'anna@ops', reason: 'maintenance' });
  const state = fold(pause);
  expect([state.paused('hospital')?.reason, state.paused('county-ems')]).toEqual(['maintenance', undefined]);
  state.apply(makeCommand({ id: 'q', partner: 'hospital', kind: 'resume', by: 'anna@ops' }));
  expect(state.paused('hospital')).toBeUndefined();
});

test('the end of a replay says how it ended, and nothing changes it afterwards', () => {
  const cancelled = fold(
    replay('a'),
    progress('a', 0, 'completed'),
    stop('cancel', 'a'),
    stop('undo', 'a'),
    progress('a', 1, 'cancelled'),
    progress('a', 1, 'moved'),
    stop('undo', 'a'),
  );
  expect([cancelled.find('a')?.status, cancelled.find('a')?.stop?.kind]).toEqual(['cancelled', 'cancel']);
  const late = fold(replay('a', [0]), stop('cancel', 'a'), progress('a', 0, 'completed'));
  expect(late.find('a')?.status).toBe('completed');
});

test('progress has a key of its own for each partition, so that compaction keeps all of it', () => {
  expect([controlKey(replay('a')), controlKey(progress('a', 3, 'moved'))]).toEqual(['a', 'a/3']);
});

test('what nobody can have meant changes nothing, and is said', () => {
  const order = replay('a');
  const state = fold(order);
  const strange: Command[] = [
    progress('unknown', 0, 'completed'),
    progress('a', 7, 'completed'),
    { ...progress('a', 0, 'completed'), partner: 'county-ems' },
    stop('cancel', 'unknown'),
    { ...stop('undo', 'a'), partner: 'county-ems' },
  ];
  for (const command of strange) expect(state.apply(command)).toEqual(expect.any(String));
  expect(state.find('a')).toEqual({
    command: order,
    status: 'running',
    progress: new Map(),
    stop: undefined,
    refusedFor: undefined,
  });
  // What comes late is no fault of anybody.
  for (const command of [progress('a', 0, 'completed'), progress('a', 1, 'completed'), progress('a', 0, 'moved')])
    expect(state.apply(command)).toBeUndefined();
  expect([state.apply(stop('cancel', 'a')), state.find('a')?.status]).toEqual([undefined, 'completed']);
});

test('a million records that mean nothing are as good as none, and those that end are forgotten, oldest first', () => {
  const state = fold(replay('kept', [0], 'county-ems'));
  const nothing = progress('unknown', 0, 'moved');
  for (let index = 0; index < 1_000_000; index += 1) state.apply(nothing);
  const order = replay('x', [0]);
  const end = progress('x', 0, 'completed');
  for (let index = 0; index < 50_000; index += 1) {
    state.apply({ ...order, id: `x${index}` });
    state.apply({ ...order, id: `refused-${index}` });
    state.apply({ ...end, id: `x${index}` });
  }
  expect(state.list().length).toBeLessThan(45_000);
  expect([state.find('x0'), state.find('x49999')?.status]).toEqual([undefined, 'completed']);
  expect(state.active('county-ems', 'replay')?.command.id).toBe('kept');
});

test('commands of a great many partners that never end are taken up to a bound', () => {
  const state = new ControlState();
  const order = replay('x', [0]);
  let told: string | undefined;
  for (let index = 0; index < 60_000; index += 1)
    told = state.apply({ ...order, id: `x${index}`, partner: `p${index}` });
  expect(told).toBe('too many commands run');
  state.apply(makeCommand({ id: 's', partner: 'p0', kind: 'cancel', by: 'anna@ops', of: 'x0' }));
  state.apply({ ...progress('x0', 0, 'cancelled'), partner: 'p0' });
  expect(state.apply({ ...order, id: 'next', partner: 'q' })).toBeUndefined();
});

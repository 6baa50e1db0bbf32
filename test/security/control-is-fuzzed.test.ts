// Commands of ess.control as a fuzzer makes them: what cannot be meant is refused with a reason, and what is taken never throws.
import { checkCommand } from '@ess/domain/control/control-check.ts';
import { ControlState, controlKey, makeCommand } from '@ess/domain/control/control-state.ts';
import { propose } from '@ess/orders/approval.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyCharacter } from '../harness/data/any-character.ts';
import { fuzz } from '../judges/fuzz.ts';

describe('fuzzed', () => {
  const BY = { partner: 'hospital', by: 'anna@ops' };
  const order = {
    topic: 'rules',
    partitions: [0, 1].map((partition) => ({ partition, target: 0, until: null })),
    key: null,
    newIds: false,
    ratePerSecond: 10,
    current: false,
  };
  const done = (id: string, partition: number) =>
    makeCommand({
      id,
      kind: 'progress',
      ...BY,
      progress: {
        partition,
        state: 'completed',
        before: 9,
        target: 0,
        until: 9,
        records: 9,
        failed: 0,
        passed: 0,
        refused: false,
        detail: null,
      },
    });
  const frozen = { ...order, partitions: [{ partition: 0, target: 0, until: 9 }] };
  const proposed = propose(makeCommand({ id: 'q1', kind: 'replay', ...BY, replay: frozen }), {
    records: 9,
    expiresAtMs: Date.now() + 3_600_000,
  });
  const { proposal } = proposed;
  const history: readonly Command[] = [
    makeCommand({ id: 'p1', kind: 'pause', ...BY, reason: 'maintenance' }),
    makeCommand({ id: 'r1', kind: 'replay', ...BY, replay: order }),
    makeCommand({ id: 'r2', kind: 'replay', ...BY, replay: order }),
    done('r1', 0),
    makeCommand({ id: 'c1', kind: 'cancel', ...BY, of: 'r1' }),
    done('r1', 1),
    makeCommand({ id: 'r3', kind: 'replay', ...BY, replay: order }),
    done('r3', 0),
    done('r3', 1),
    proposed,
    propose(makeCommand({ id: 'q2', kind: 'replay', ...BY, replay: frozen }), {
      records: 9,
      expiresAtMs: Date.now() + 3_600_000,
    }),
    makeCommand({ id: 'x2', kind: 'expired', ...BY, of: 'q2' }),
    makeCommand({ id: 'y1', kind: 'approved', partner: 'hospital', by: 'ben@ops', of: 'q1', proposal }),
  ];
  const tell = (state: ControlState) => [
    state.paused('hospital'),
    state.active('hospital', 'replay')?.command.id,
    ...['r1', 'r2', 'r3', 'q1', 'q2'].map((id) => state.find(id)),
  ];

  const odd = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
    fc.constantFrom(
      -1,
      0,
      2 ** 31,
      2 ** 53,
      8.64e15 + 1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '',
      '\u202e',
      '\u001b[2J',
    ),
    fc.string({ unit: anyCharacter, maxLength: 300 }),
  );
  const path = fc.constantFrom(
    ...[['id'], ['partner'], ['kind'], ['at'], ['by'], ['of'], ['replay'], ['progress'], ['replay', 'topic']],
    ...[
      ['replay', 'partitions'],
      ['replay', 'partitions', '0'],
      ['replay', 'partitions', '1', 'partition'],
    ],
    ...[['proposal'], ['proposal', 'kind'], ['proposal', 'digest'], ['proposal', 'expiresAt'], ['proposal', 'records']],
    ...[['replay', 'partitions', '0', 'target'], ['replay', 'ratePerSecond'], ['progress', 'partition'], ['redrive']],
  );
  /** A command of the history, changed in one place; of a partner of its own, so that what is still valid changes nothing here. */
  const changed = fc.tuple(fc.constantFrom(...history), path, odd).map(([command, where, value]) => {
    const copy = structuredClone({ ...command, partner: 'mallory', id: `m${command.id}` }) as Record<string, unknown>;
    let at = copy;
    for (const step of where.slice(0, -1)) at = (at[step] ?? {}) as Record<string, unknown>;
    at[where.at(-1) as string] = value;
    if (copy['partner'] === 'hospital') copy['partner'] = 'mallory';
    return copy;
  });
  const keysOf = (value: unknown): string[] => {
    const { id, progress } = (value ?? {}) as { id?: unknown; progress?: { partition?: unknown } | null };
    if (typeof id !== 'string') return [];
    return typeof progress?.partition === 'number' ? [`${id}/${progress.partition}`] : [id];
  };
  const garbage = fc.tuple(fc.option(fc.oneof(fc.string(), fc.constantFrom('mr1', 'mr1/0'))), fc.oneof(odd, changed));

  test('garbage between the records of a history changes nothing of what it comes to', async () => {
    const alone = new ControlState();
    for (const command of history) alone.apply(command);
    const expected = tell(alone);
    await fuzz(
      'control records',
      fc.property(
        fc.array(fc.array(garbage, { maxLength: 3 }), {
          minLength: history.length + 1,
          maxLength: history.length + 1,
        }),
        (between) => {
          const [once, again] = [new ControlState(), new ControlState()];
          const take = (key: string | null, value: unknown) => {
            const results = [once, again].map((state) => {
              const checked = checkCommand(key, value);
              return 'fault' in checked ? checked.fault : (state.apply(checked.command) ?? checked.command);
            });
            expect(results[0]).toEqual(results[1]);
          };
          for (const [index, records] of between.entries()) {
            for (const [key, value] of records) {
              take(key, value);
              // Under the key that it would have, too.
              for (const own of keysOf(value)) take(own, value);
            }
            const command = history[index];
            if (command) take(controlKey(command), command);
          }
          expect(tell(once)).toEqual(expected);
          expect(tell(again)).toEqual(expected);
        },
      ),
    );
  });
});

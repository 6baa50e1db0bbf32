// What each of the guarantees rests on, taken away one by one.
import type { Violation } from '../chaos/check/evidence.ts';
import type { Mutation } from './mutation.ts';

export interface Mutant extends Mutation {
  /** The guarantees (docs/guarantees.md, G1 to G7) of which at least one must be found violated. */
  readonly breaks: ReadonlyArray<Violation['guarantee']>;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a lane releases its newest item first',
    file: 'services/domain/delivery/lanes.ts',
    within: 'Lanes#push',
    replaces: 'lane.items.push(item);',
    replacement: 'lane.items.splice(1, 0, item);',
    breaks: [2],
  },
  {
    name: 'a record counts as settled, and is committed, before its audit row',
    file: 'services/worker/judge/attempts.ts',
    within: 'Attempts##delivered',
    replaces: 'settleFor(item, (told) => ledger.delivered(item, facts, over, told));',
    // The row follows as late as Kafka may well take for it, or never if the worker stops meanwhile.
    replacement:
      'settle(item, Promise.resolve()); setTimeout(() => ledger.delivered(item, facts, over, { resolve: () => undefined, reject: () => undefined }), 500);',
    breaks: [5],
  },
  {
    name: 'the metadata of commits is ignored',
    file: 'services/worker/intake/partition-intake.ts',
    within: 'PartitionIntake#constructor',
    replaces: 'const inherited = decodeMetadata(position, metadata);',
    replacement: 'const inherited = decodeMetadata(position, metadata === null ? null : null);',
    breaks: [4],
  },
  {
    name: 'nobody asks whether the partitions are still ours',
    file: 'services/worker/judge/start-gate.ts',
    within: 'StartGate#startsForMs',
    replaces: 'return this.#isOver ? 0 : this.#group.ownedForMs - START_MIN_MS;',
    replacement: 'return this.#isOver ? 0 : Number.POSITIVE_INFINITY;',
    breaks: [2, 4],
  },
];

// The hard points of producing, of the fence, of loss and of an assignment, taken away one by one: for each, the unit test
// that must not survive it.
import type { Mutation } from './mutation.ts';

export interface Point extends Mutation {
  /** File of the test that falls, from the repository's root. */
  readonly test: string;
  /** For a test that never waits for what does not come, however long it takes. */
  readonly patient?: true;
}

const OUTBOX = { file: 'services/stream/write/outbox.ts', test: 'services/stream/write/outbox.test.ts' };

const HOLDS = { test: 'services/worker/assignment-holds.test.ts', patient: true } as const;

export const POINTS: readonly Point[] = [
  {
    ...OUTBOX,
    name: 'producing: more than one send at a time',
    within: 'Outbox##enqueue',
    replaces: 'this.#sending ??= this.#drain();',
    replacement: 'this.#sending = this.#drain();',
  },
  {
    ...OUTBOX,
    name: 'producing: what the answer leaves out counts as written',
    within: 'Outbox##acknowledge',
    replaces: 'if (part?.errorCode === 0) settle',
    replacement: 'if (part === undefined || part.errorCode === 0) settle',
  },
  {
    ...OUTBOX,
    name: 'producing: a producer whose send finally failed goes on',
    within: 'Outbox##drain',
    replaces: 'await this.#producer.retire();\n        if',
    replacement: 'if',
  },
  {
    name: 'fence: a join passes while requests of the last assignment are in flight',
    file: 'services/stream/kafkajs/coordinator.ts',
    within: 'Coordinator#joinGroup',
    replaces: 'await this.#keptAlive(this.#coordination.admitJoin())',
    replacement: '30_000',
    test: 'services/stream/kafkajs/coordinator.test.ts',
  },
  {
    name: 'fence: records are taken in for partitions that may be lost',
    file: 'services/worker/intake/source-gate.ts',
    within: 'SourceGate##isInDoubt',
    replaces: 'if (this.#group.ownedForMs > 0) return false;',
    replacement: 'if (this.#group) return false;',
    test: 'services/worker/assignment.test.ts',
  },
  {
    name: 'fence: positions are committed for partitions that may be lost',
    file: 'services/worker/committer.ts',
    within: 'Committer##commit',
    replaces: 'if (!clean && this.#group.ownedForMs <= 0 && !this.#finished) return;',
    replacement: '',
    test: 'services/worker/committer.test.ts',
  },
  {
    name: 'fence: the watermark is committed only when it changes',
    file: 'services/worker/committer.ts',
    within: 'Committer#start',
    replaces: 'this.#repeat = setInterval(all, REPEAT_MS);',
    replacement: '',
    test: 'services/worker/committer.test.ts',
  },
  {
    name: 'loss: a position below the log start is passed in silence',
    file: 'services/stream/group/start-positions.ts',
    within: 'readStartPositions',
    replaces: 'if (isOurs && position < low)',
    replacement: 'if (position >= 0 && position > low && position < low)',
    test: 'services/stream/group/start-positions.test.ts',
  },
  {
    name: 'metadata that belongs to another position is believed',
    file: 'services/domain/control/commit-metadata.ts',
    within: 'checksum',
    replaces: 'crc32(packed, crc32(String(position)))',
    replacement: 'crc32(packed, position * 0)',
    test: 'services/domain/control/commit-metadata.test.ts',
  },
  {
    ...HOLDS,
    name: 'assignment: a lane goes on before Kafka has the row of its record',
    file: 'services/worker/judge/disposition.ts',
    within: 'Disposition#settleFor',
    replaces: "lanes.over(item.key, 'settling');",
    replacement: 'lanes.done(item.key);',
  },
  {
    ...HOLDS,
    name: 'assignment: it leaves as if in good order while rows are on their way',
    file: 'services/worker/judge/ownership.ts',
    within: 'landed',
    replaces: ' && rows.count === 0',
    replacement: '',
  },
  {
    ...HOLDS,
    name: 'assignment: its first commit forgets what was settled above the position',
    file: 'services/worker/intake/partition-intake.ts',
    within: 'PartitionIntake##commit',
    replaces: ', ...this.#notYetSeen()',
    replacement: '',
  },
];

import { createHash } from 'node:crypto';
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { expect, test } from '@jest/globals';
import type { Evidence } from './evidence.ts';
import type { Sample, SampledCell } from './view-told.ts';
import { viewTold } from './view-told.ts';

const id = (offset: number) =>
  createHash('sha256').update(`cluster\np\nrules\n0\n${offset}\n7`).digest().subarray(0, 16).toString('base64url');

/** One rule: version 1 is acked at 100 and audited at 110, version 2 at 200 and 210. */
const EVIDENCE: Evidence = {
  clusterId: 'cluster',
  topic: 'rules',
  records: [1, 2].map((version) => ({
    partition: 0,
    offset: version - 1,
    timestampMs: 7,
    key: 'r',
    rule: { version, scope: 'Hospital', withdrawn: false },
  })),
  ends: new Map([[0, 2]]),
  workersEnded: [],
  partners: [
    {
      name: 'p',
      inScope: (scope) => scope === 'Hospital',
      receipts: [1, 2].map((version) => ({
        id: id(version - 1),
        order: version,
        atMs: 100 * version,
        version,
        attempt: 1,
        status: 200,
        answeredOrder: version,
        answeredAtMs: 100 * version,
      })),
      rows: [1, 2].map((version) => ({
        ...emptyAttempt({ partner: 'p', topic: 'rules', partition: 0, offset: version - 1, worker: 'w' }),
        ruleId: 'r',
        version,
        outcome: 'delivered' as const,
        writtenAtMs: 100 * version + 10,
      })),
      parked: [],
      commits: [],
    },
  ],
};

const cell = (acked: number | null, state = 'inStep'): SampledCell => ({
  partner: 'p',
  ruleId: 'r',
  expected: 2,
  acked,
  state,
});
const sample = (atMs: number, ...cells: SampledCell[]): Sample => ({ atMs, asOfMs: atMs, cells });
const found = (samples: readonly Sample[], last?: Sample) => viewTold(EVIDENCE, samples, last).map(({ what }) => what);

test('a view that is right passes, and may be two seconds behind the audit', () => {
  expect(
    found([sample(50), sample(150, cell(1)), sample(250, cell(2)), sample(2_200, cell(1))], sample(9_000, cell(2))),
  ).toEqual([]);
});

test.each([
  ['an ack that the partner never gave', [sample(50, cell(1))], undefined, /v1 is acked .*log has v0/],
  ['more than the partner had by then', [sample(150, cell(2))], undefined, /v2 is acked .*log has v1/],
  ['less than the audit had two seconds before', [sample(2_211, cell(1))], undefined, /v1 at .*the audit had v2/],
  ['a rule that is not in it', [sample(2_111)], undefined, /v0 at .*the audit had v1/],
  ['a wrong version at rest', [], sample(9_000, cell(1)), /at rest.*"acked":1.*right is.*"acked":2/],
  [
    'less at rest than was published',
    [],
    sample(9_000, { ...cell(2), expected: 1 }),
    /at rest.*"expected":1.*right is.*2/,
  ],
  ['a rule of nobody at rest', [], sample(9_000, cell(2), { ...cell(1), ruleId: 'x' }), /x at rest, which nobody/],
  ['a wrong state at rest', [], sample(9_000, cell(2, 'held')), /at rest.*held.*right is.*inStep/],
  ['no cell at rest', [], sample(9_000), /at rest: undefined/],
])('%s is found', (_, samples, last, what) => {
  expect(found(samples, last)).toEqual([expect.stringMatching(what)]);
});

// The checker of the chaos runs can fail: what each guarantee rests on is taken away in a copy of the program, and each time it
// finds the violation; of the program as it is, it finds none.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { expect, test } from '@jest/globals';
import { REPOSITORY } from '../harness/repository.ts';
import { FULL, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { Gauntlet } from '../mutants/gauntlet.ts';
import { plantMutant, TestedTree } from '../mutants/mutant-tree.ts';
import { MUTANTS } from '../mutants/mutants.ts';
import { POINTS } from '../mutants/points.ts';

const run = promisify(execFile);
const JEST = join(REPOSITORY, 'node_modules/jest/bin/jest.js');
const AT_ONCE = 2;
/** A mutant may wait for ever for what no longer comes; what is whole may take its time on a busy machine. */
const MUTANT_MS = 5_000;
const PATIENT_MS = 60_000;

/** Each is a run of its test file in a tree of its own. */
const CHECKED = POINTS.slice(0, sized(2, POINTS.length));

/** Each mutant is three more workers, and a minute of two cores. */
const inFull = FULL ? test : test.skip;

inFull(`each of ${MUTANTS.length} mutants is caught by the checker, and the program as it is passes`, async () => {
  await using cleanup = new Cleanup();
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const scripts = [undefined, ...MUTANTS.map((mutant) => plantMutant(cleanup, mutant))];
  const runs = await Promise.all(scripts.map((script) => Gauntlet.open(stack, script)));
  for (const run of runs) cleanup.defer(() => run[Symbol.asyncDispose]());
  await Promise.all(runs.map((run) => run.frozen()));
  await Promise.all(runs.map((run) => run.restarted()));
  const [asItIs, ...verdicts] = await Promise.all(runs.map((run) => run.judged()));
  expect(asItIs).toEqual({ violations: [], history: '' });
  for (const [index, { name, breaks }] of MUTANTS.entries()) {
    const { violations = [], history = '' } = verdicts[index] ?? {};
    process.stderr.write(`mutant "${name}": ${violations.length} violations, e.g. ${history.split('\n')[0]}\n`);
    const found = violations.filter(({ guarantee }) => breaks.includes(guarantee));
    expect([name, found.length > 0]).toEqual([name, true]);
  }
});

test('each hard point, taken away, makes a unit test fail that passes with it', async () => {
  await using cleanup = new Cleanup();
  const suites = [...new Set(CHECKED.map((point) => point.test))];
  const trees = Array.from({ length: AT_ONCE }, () => new TestedTree(cleanup));
  expect(await failing((trees[0] as TestedTree).root, suites, PATIENT_MS)).toEqual([]);
  const points = CHECKED.values();
  const inTurn = async (tree: TestedTree): Promise<void> => {
    for (const point of points) {
      const limitMs = point.patient ? PATIENT_MS : MUTANT_MS;
      const failed = await tree.broken(point, () => failing(tree.root, [point.test], limitMs));
      process.stderr.write(`without "${point.name}": ${failed[0] ?? 'nothing'} fails\n`);
      expect([point.name, failed.length > 0]).toEqual([point.name, true]);
    }
  };
  await Promise.all(trees.map(inTurn));
});

/** Names of the unit tests that fail in a copy of the repository. @throws when a suite does not even run */
async function failing(root: string, suites: readonly string[], testMs: number): Promise<string[]> {
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    JEST,
    '--selectProjects',
    'unit',
    '--json',
    '--forceExit',
  ];
  const limits = ['--testTimeout', String(testMs), '--runInBand', '--runTestsByPath', ...suites];
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run(process.execPath, [...args, ...limits], options).catch(
    (error: { stdout: string }) => error,
  );
  const { testResults } = JSON.parse(stdout) as {
    testResults: Array<{ message: string; assertionResults: Array<{ status: string; fullName: string }> }>;
  };
  expect(testResults).toHaveLength(suites.length);
  for (const { assertionResults, message } of testResults) expect([assertionResults.length, message]).not.toContain(0);
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}

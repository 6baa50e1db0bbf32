// `npm test` and `npm run test:full`: every Jest project, one after another, each against its own real stack; in full also what runs in
// containers and on Kubernetes. Ends with a line `N passed, N failed` and exits non-zero when anything failed or nothing ran.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROJECTS = ['unit', 'flows', 'integrity'] as const;
/** By themselves, each with a summary of its own. */
const SCRIPTS = ['test/containers/main.ts', 'test/kubernetes/main.ts'];
const full = process.argv.includes('--full');

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly success: boolean;
}

const folder = `${ROOT}/.ess/test-results-${process.pid}`;
mkdirSync(folder, { recursive: true });
const startedAt = performance.now();
let passed = 0;
let failed = 0;
console.error(full ? 'sizes: in full (test:full)' : 'sizes: reduced; "npm run test:full" runs them in full');
try {
  for (const project of PROJECTS) {
    const report = await runProject(project);
    passed += report.numPassedTests;
    // A suite that does not load, or a runner that dies, is a failure although no test of it failed.
    failed +=
      report.numFailedTests + report.numRuntimeErrorTestSuites + (report.success || report.numFailedTests > 0 ? 0 : 1);
  }
  for (const script of full ? SCRIPTS : []) {
    const summary = await runScript(script);
    passed += summary.passed;
    failed += summary.failed;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.error(`in ${Math.round((performance.now() - startedAt) / 1000)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runScript(script: string): Promise<{ readonly passed: number; readonly failed: number }> {
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, script)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text;
  });
  await once(child, 'close');
  const [, held, broken] = /^(\d+) passed, (\d+) failed$/m.exec(said) ?? [];
  return held === undefined ? { passed: 0, failed: 1 } : { passed: Number(held), failed: Number(broken) };
}

function runProject(project: (typeof PROJECTS)[number]): Promise<Report> {
  const file = `${folder}/${project}.json`;
  // Full sizes measure: side by side they would measure each other. The reduced tests mostly wait (for sessions to end,
  // brokers and commands to start), so two of them share the cores. Three were slower.
  const serial = full && project !== 'unit' ? '--runInBand' : '--maxWorkers=2';
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    project,
    '--json',
    `--outputFile=${file}`,
    serial,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      // Thousands of processes start: what Node makes of a file is kept for the next, also of programs that do not keep it themselves.
      env: { ...process.env, NODE_COMPILE_CACHE: join(ROOT, '.ess/compile-cache'), ...(full ? { ESS_FULL: '1' } : {}) },
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', () => {
      try {
        resolve(JSON.parse(readFileSync(file, 'utf8')) as Report);
      } catch {
        resolve({ numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0, success: false });
      }
    });
  });
}

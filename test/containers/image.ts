// The image: built by both builders, without what it does not need, alike when it is built again.
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../harness/repository.ts';
import { NODE } from './bases.ts';
import type { Checks } from './checks.ts';
import { equal } from './checks.ts';
import type { Shell } from './shell.ts';
import type { Compose } from './tools.ts';
import { hadolint } from './tools.ts';

export const IMAGE = 'ess:local';
const AGAIN = 'ess:again';
const DOCKERFILE = 'infra/docker/Dockerfile';
const MB_MAX = 120;
/** Never in an image: what a working copy has beside the files of the repository. */
const PLANTED = ['.ess/demo.env', '.git/config', 'coverage/index.html', 'services/worker/node_modules/x/index.js'];

/** @returns the files of this working copy that git knows, in a folder of their own, and what would give secrets away */
export async function freshClone(shell: Shell, defer: (end: () => void) => void): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), 'ess-clone-')), 'ess');
  defer(() => rmSync(dirname(folder), { recursive: true, force: true }));
  const files = await shell.must('git', [
    '-C',
    REPOSITORY,
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '-z',
  ]);
  for (const file of files.split('\0').filter(Boolean)) cpSync(join(REPOSITORY, file), join(folder, file));
  for (const file of PLANTED) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), 'planted-secret\n');
  }
  return folder;
}

/** By the older builder, which every engine has. @returns what it said */
export const buildImage = (shell: Shell, folder: string, image: string, ...how: readonly string[]): Promise<string> =>
  shell.must('docker', ['build', '--network', 'host', '-f', DOCKERFILE, '-t', image, ...how, '.'], {
    cwd: folder,
    env: { DOCKER_BUILDKIT: '0' },
  });

export async function checkImage(shell: Shell, checks: Checks, folder: string, compose: Compose): Promise<boolean> {
  checks.title('The image');
  const linter = await hadolint(shell);
  if (linter === undefined) checks.leftOut('hadolint', 'PyPI does not have it here');
  else await checks.that('hadolint has nothing to say', () => shell.must(linter, [join(folder, DOCKERFILE)]));
  const build = (image: string, ...how: string[]) => buildImage(shell, folder, image, ...how);
  const isBuilt = await checks.that('the older builder makes it', () => build(IMAGE));
  if (!isBuilt) return false;
  const inside = (script: string) =>
    shell.must('docker', [
      'run',
      '--rm',
      '--network',
      'none',
      '--read-only',
      '--cap-drop',
      'ALL',
      '--entrypoint',
      'sh',
      IMAGE,
      '-c',
      script,
    ]);
  await checks.that('it runs as nobody special, on a disk that it cannot write', async () => {
    equal((await inside('id -u')).trim(), '1000');
    equal((await inside('touch /ess/x 2>/dev/null || echo refused')).trim(), 'refused');
    equal((await inside('ess --help')).startsWith('Usage: ess'), true);
  });
  await checks.that('no npm, compiler, test, document or secret is in it', async () => {
    const programs = 'for name in npm npx yarn corepack tsc vite jest; do command -v $name; done; true';
    const packages =
      'ls -d /ess/node_modules/typescript /ess/node_modules/vite /ess/node_modules/jest /ess/node_modules/node 2>/dev/null; true';
    const files = `find /ess -path '*/node_modules' -prune -o \\( -name '*.test.ts' -o -name '*.md' -o -name .git -o -name .ess -o -name test -o -name .ci \\) -print`;
    const secrets = 'grep -rl planted-secret / --exclude-dir=proc --exclude-dir=sys 2>/dev/null; true';
    for (const script of [programs, packages, files, secrets]) equal((await inside(script)).trim(), '');
    await inside('test -s /ess/services/console/built/index.html');
  });
  await checks.that(`what is ours takes at most ${MB_MAX} MB over ${NODE}`, async () => {
    const [ours = 0, base = 0] = await Promise.all([IMAGE, NODE].map((image) => bytes(shell, image)));
    const mb = (ours - base) / 1e6;
    console.error(`    ${mb.toFixed(1)} MB`);
    if (mb > MB_MAX) throw new Error(`${mb.toFixed(1)} MB`);
  });
  await checks.that('built again from nothing, our layer has the same digest', async () => {
    await build(AGAIN, '--no-cache');
    equal(await layersOf(shell, AGAIN).then((layers) => layers.at(-1)), (await layersOf(shell, IMAGE)).at(-1));
  });
  await checks.that('a changed document makes no other image, a changed source installs nothing', async () => {
    const before = await idOf(shell, AGAIN);
    appendFileSync(join(folder, 'README.md'), '\n');
    appendFileSync(join(folder, 'infra/docker/compose.test.ts'), '\n');
    await build(AGAIN);
    equal(await idOf(shell, AGAIN), before);
    appendFileSync(join(folder, 'services/worker/worker.ts'), '\n');
    const said = await build(AGAIN);
    const installs = said.split(/\n(?=Step )/).filter((step) => /RUN npm ci/.test(step));
    equal(
      installs.map((step) => step.includes('Using cache')),
      [true, true],
    );
    await shell.must('truncate', ['-s', '-1', join(folder, 'services/worker/worker.ts')]);
  });
  const { command: [program = '', ...first] = [], why } = compose;
  if (why !== undefined) checks.leftOut('the image by Compose and BuildKit', why);
  else
    await checks.that('Compose makes it by BuildKit, without what .dockerignore keeps out', async () => {
      // The machine's own way to the packages, as `--network host` above.
      writeFileSync(
        join(folder, 'network.yaml'),
        'services: { secrets: { image: "ess:buildkit", build: { network: host } } }\n',
      );
      const files = ['-f', 'docker-compose.kafka.yml', '-f', 'network.yaml'];
      await shell.must(program, [...first, '-p', 'ess-build', ...files, 'build', 'secrets'], { cwd: folder });
      const run = ['run', '--rm', '--network', 'none', '--entrypoint', 'sh', 'ess:buildkit', '-c'];
      equal(
        await shell.must('docker', [
          ...run,
          'grep -rl planted-secret /ess; test -s /ess/services/console/built/index.html',
        ]),
        '',
      );
    });
  await shell.run('docker', ['rmi', AGAIN, 'ess:buildkit']);
  return true;
}

const bytes = async (shell: Shell, image: string): Promise<number> =>
  Number(await shell.must('docker', ['image', 'inspect', '-f', '{{.Size}}', image]));

const idOf = (shell: Shell, image: string): Promise<string> =>
  shell.must('docker', ['image', 'inspect', '-f', '{{.Id}}', image]);

async function layersOf(shell: Shell, image: string): Promise<string[]> {
  return JSON.parse(await shell.must('docker', ['image', 'inspect', '-f', '{{json .RootFS.Layers}}', image]));
}

// Sets up what is missing, then runs a file with the Node that package.json pins. Runs on any Node from 20 on, needs no
// package, and does nothing twice: `npm start`, `npm test` and the rest begin here.
//   node infra/setup.mjs [--with-stack] [--with-browser] [--with-prometheus] [--then FILE ARGS…]
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHROMIUM_NEEDED, findChromium, findProgram } from './chromium.mjs';
import { buildPage } from './page.mjs';
import { fetchPrometheus, findPrometheus } from './prometheus/programs.mjs';

const MIN_NODE = 20;
const PINNED_MAJOR = 24;
const FLAGS = ['--with-stack', '--with-browser', '--with-prometheus'];
const USAGE = `usage: node infra/setup.mjs [--with-stack] [--with-browser] [--with-prometheus] [--then FILE ARGS…]
  --with-stack       also fetches Kafka and the schema registry (Maven, about 160 MB, once per user)
  --with-browser     also looks for Chromium (CHROME, then PATH) and, as root on Debian, installs it
  --with-prometheus  also looks for Prometheus (PATH) and, on Debian, fetches it (19 MB, once per user)
  --then FILE        runs FILE with the pinned Node and ends with its exit code; must come last`;

const ORPHAN_MS = 500;
const SAME_SIGNAL_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const parent = process.ppid;
const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.ess-lock-hash');
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');
const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;

/** Ends with what the person has to do; a stack trace would only hide it. */
function fail(message, code = 1) {
  console.error(`setup: ${message}`);
  process.exit(code);
}

/**
 * A watcher in the shell reads a pipe to us, then the shell becomes the program: when we are killed (kill -9 too) it is
 * asked to stop, and it stops what it started. A line on the pipe means that it ended by itself.
 */
const WATCH_THEN_BECOME = '( read -r _ <&3 || kill -TERM $$ ) >/dev/null 2>&1 & exec "$@" 3<&-';

function run(command, args, cwd = process.cwd()) {
  // On a terminal it shares our group: it may read keys, and Ctrl-C reaches it without us.
  const ownGroup = !process.stdin.isTTY;
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', WATCH_THEN_BECOME, 'ess-setup', command, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      detached: ownGroup,
      cwd,
      env: { ...process.env, PATH: path },
    });
    // npm and a process group may each hand us the same signal; the child would take the second for impatience.
    const last = {};
    const forward = (signal) => {
      const again = performance.now() - (last[signal] ?? -Infinity) < SAME_SIGNAL_MS;
      last[signal] = performance.now();
      if (!again && (ownGroup || signal !== 'SIGINT')) child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    // npm that is killed cannot tell us: then we have another parent.
    const orphaned = setInterval(
      () => process.env.npm_lifecycle_event && process.ppid !== parent && child.kill('SIGTERM'),
      ORPHAN_MS,
    );
    child.stdio[3].on('error', () => {});
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      child.stdio[3].end('\n');
      clearInterval(orphaned);
      for (const signal of SIGNALS) process.off(signal, forward);
      resolve(code ?? 128 + os.signals[signal]);
    });
  });
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

function packagesAreCurrent() {
  const hash = lockHash();
  if (!existsSync(pinnedNode)) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash) return true;
  // Somebody ran npm by hand: npm's own note of what it installed is compared with the lock.
  const note = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(note)) return false;
  const installed = JSON.parse(readFileSync(note, 'utf8')).packages;
  const wanted = Object.entries(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages);
  const current = wanted.every(
    ([place, { version, optional, link }]) =>
      !place.startsWith('node_modules/') ||
      optional ||
      (link ? place in installed : installed[place]?.version === version),
  );
  if (current) writeFileSync(stampFile, hash);
  return current;
}

async function installPackages() {
  if (packagesAreCurrent()) return;
  console.error('setup: installing the packages of package-lock.json (about 400 MB on disk, some 20 s)');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root).catch((error) =>
    fail(`npm does not run: ${error.message}`),
  );
  if (code > 128) process.exit(code);
  if (code !== 0)
    fail('npm ci failed, see above; check the network and the registry in ~/.npmrc, then run this again', code);
  writeFileSync(stampFile, lockHash());
}

/** npm links it when it installs; a checkout whose packages were current before has it from here. */
function linkCommand() {
  try {
    symlinkSync('../@ess/cli/bin/ess.mjs', join(root, 'node_modules', '.bin', 'ess'));
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

function findNode() {
  if (existsSync(pinnedNode)) return pinnedNode;
  if (Number(process.versions.node.split('.')[0]) >= PINNED_MAJOR) return process.execPath;
  return fail(`Node ${PINNED_MAJOR} was not installed beside the code (${pinnedNode}): npm skipped the install script of the
  package "node". Run: npm rebuild node --ignore-scripts=false`);
}

/** @returns what is left for the person to do; everything but the browser tests runs without. */
async function ensureBrowser() {
  if (findChromium()) return;
  // With CHROME set, another Chromium is not what was asked for.
  if (process.env.CHROME || process.getuid?.() !== 0 || !findProgram('apt-get')) return CHROMIUM_NEEDED;
  console.error('setup: installing Chromium with apt-get (about 120 MB to fetch, once per machine, a minute or two)');
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const quiet = ['-c', 'exec apt-get -o DPkg::Lock::Timeout=120 "$@" >/dev/null', 'apt-get', ...args];
    const code = await run('/bin/sh', quiet);
    if (code > 128) process.exit(code);
    if (code !== 0) return `apt-get ${args[0]} failed, see above; ${CHROMIUM_NEEDED}`;
  }
  return findChromium() ? undefined : CHROMIUM_NEEDED;
}

const words = process.argv.slice(2);
const thenAt = words.indexOf('--then');
const flags = thenAt < 0 ? words : words.slice(0, thenAt);
const [file, ...args] = thenAt < 0 ? [] : words.slice(thenAt + 1);
if (flags.includes('--help')) {
  console.log(USAGE);
  process.exit(0);
}
const unknown = flags.find((flag) => !FLAGS.includes(flag));
if (unknown !== undefined) fail(`unknown option ${unknown}\n${USAGE}`, 2);
if (thenAt >= 0 && file === undefined) fail(`--then needs a file\n${USAGE}`, 2);
if (Number(process.versions.node.split('.')[0]) < MIN_NODE) {
  fail(
    `Node ${process.versions.node} is too old: ${MIN_NODE} or later is needed to set up (the project itself then brings Node ${PINNED_MAJOR})`,
  );
}
if (process.platform === 'win32') fail('Windows is not supported; use WSL');

await installPackages();
linkCommand();
const node = findNode();
const built = await buildPage({ root, node, lockHash: lockHash(), run });
if (built !== 0) fail("the console's page could not be built, see above", built);
if (flags.includes('--with-stack')) {
  const code = await run(node, [join(root, 'infra/local/fetch.ts')]);
  if (code !== 0) process.exit(code);
}
if (flags.includes('--with-browser')) {
  const missing = await ensureBrowser();
  if (missing !== undefined && file === undefined) fail(missing);
  if (missing !== undefined) console.error(`setup: ${missing}. Until then they fail.`);
}
if (flags.includes('--with-prometheus') && !findPrometheus('prometheus')) {
  const missing = await fetchPrometheus(run);
  if (missing !== undefined && file === undefined) fail(missing);
  if (missing !== undefined) console.error(`setup: ${missing}. Until then they are left out.`);
}
if (file !== undefined) process.exit(await run(node, [file, ...args]));

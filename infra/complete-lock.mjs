// Completes package-lock.json with the optional packages of other platforms: `node infra/complete-lock.mjs` after `npm install`.
// npm leaves out those that the registry at hand does not have (a partial mirror), and `npm ci` then refuses the lock
// everywhere: "Missing: @biomejs/cli-darwin-arm64@ from lock file". Platform and CPU are read from the names. Then every entry
// gets the hash that npm checks what it downloads against (`npm view` asks the registry), and loses the address it came from.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies, dev, optional }]) =>
  Object.entries(optionalDependencies ?? {})
    .filter(
      ([name]) => !(`node_modules/${name}` in lock.packages) && !(`${place}/node_modules/${name}` in lock.packages),
    )
    .map(([name, version]) => [name, version, dev && !optional]),
);

for (const [name, version, dev] of missing) {
  const words = name.split('/').pop().split(/[-.]/);
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => CPUS.includes(word));
  if (!/^\d/.test(version) || (os.length === 0 && cpu.length === 0)) {
    console.error(`${name}@${version}: not an exact version for a platform; add it to the lock by hand`);
    process.exitCode = 1;
    continue;
  }
  const libc = words.includes('musl')
    ? ['musl']
    : os[0] === 'linux' && words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : [];
  lock.packages[`node_modules/${name}`] = {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}
const before = JSON.stringify(lock);
for (const [place, entry] of Object.entries(lock.packages)) {
  if (!place.includes('node_modules/') || entry.link) continue;
  delete entry.resolved;
  if (entry.integrity) continue;
  const name = entry.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const { version, ...rest } = entry;
  const integrity = integrityOf(`${name}@${version}`);
  if (integrity) lock.packages[place] = { version, integrity, ...rest }; // in the order that npm writes
}
const filled = missing.length > 0 || JSON.stringify(lock) !== before;
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, 'en'))]);
if (filled) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  filled ? `completed; ${missing.length} packages of other platforms added` : 'package-lock.json is complete',
);

/** @returns undefined, told, when the registry does not have it: `npm run verify` says so again */
function integrityOf(wanted) {
  try {
    const found = execFileSync('npm', ['view', wanted, 'dist.integrity'], { encoding: 'utf8', stdio: 'pipe' }).trim();
    if (/^sha512-/.test(found)) return found;
  } catch {
    // Told below.
  }
  console.error(`${wanted}: the registry says no integrity; ask another one, or leave the package out`);
  process.exitCode = 1;
  return undefined;
}

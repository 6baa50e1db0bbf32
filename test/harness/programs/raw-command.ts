// A command of `ess` run to its end, and what it wrote as it was: not a character lost to a line reader.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PATIENCE_MS } from '../deadline.ts';
import { REPOSITORY } from '../repository.ts';

const NODE = join(REPOSITORY, 'node_modules/node/bin/node');
const ESS = join(REPOSITORY, 'services/cli/bin/ess.mjs');

export interface RawEnd {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runRaw(args: readonly string[], env: Readonly<Record<string, string>>): Promise<RawEnd> {
  return new Promise((resolve) => {
    execFile(
      NODE,
      [ESS, ...args],
      { cwd: REPOSITORY, env: { ...process.env, ...env }, timeout: PATIENCE_MS, maxBuffer: 64_000_000 },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal ?? null) : 0, stdout, stderr }),
    );
  });
}

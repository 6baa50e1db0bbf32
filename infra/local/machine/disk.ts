// The data directory: can it be written, is there room? Refused at once with what to do, not by a broker that dies later.
import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';

/** Below this a broker soon stops with "No space left on device". */
const MIN_FREE_BYTES = 256 * 1024 * 1024;

const REASONS: Record<string, string> = {
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'is read-only',
  ENOSPC: 'is on a full disk',
  EDQUOT: 'is over its disk quota',
  ENOTDIR: 'is not a folder',
  EEXIST: 'is not a folder',
};

export function explainDisk(error: unknown, path: string, remedy: string): EssError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new EssError('ESS_STACK', `${path} ${REASONS[code] ?? `cannot be used (${code || error})`}; ${remedy}`, {
    cause: error,
  });
}

/** Like mkdir -p. Node's own `recursive` never returns where a file system answers ENOENT to mkdir, e.g. under /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

export function prepareDataDir(dir: string, minFreeBytes = MIN_FREE_BYTES): void {
  const trial = join(dir, `.trial-${process.pid}`);
  try {
    makeFolder(join(dir, 'logs'));
    writeFileSync(trial, Buffer.alloc(4096));
    rmSync(trial);
  } catch (error) {
    throw explainDisk(error, dir, 'choose another data folder with --data DIR');
  }
  const { bavail, bsize } = statfsSync(dir);
  if (bavail * bsize < minFreeBytes) {
    const mb = (bytes: number) => `${Math.floor(bytes / 1e6)} MB`;
    throw new EssError(
      'ESS_STACK',
      `${dir} has ${mb(bavail * bsize)} free, Kafka needs ${mb(minFreeBytes)}; make room or choose another data folder with --data DIR`,
    );
  }
}

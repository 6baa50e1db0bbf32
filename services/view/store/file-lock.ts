// Who may write a file: the process that has another one, beside it, locked. SQLite locks it, so that a process which ends in whatever
// way has it locked no more, and no number of a process is left behind that another one might have by then.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How long one that is about to end is waited for, ms. */
const BUSY_MS = 500;

const besides = (file: string): string => `${file}.lock`;

/** @returns what frees it; undefined: somebody else has it @throws where no file can be made */
export function takeLock(file: string): Disposable | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const lock = new DatabaseSync(besides(file), { timeout: BUSY_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return { [Symbol.dispose]: () => lock.close() };
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

export function isLocked(file: string): boolean {
  if (!existsSync(besides(file))) return false;
  const lock = new DatabaseSync(besides(file), { readOnly: true, timeout: 0 });
  try {
    lock.exec('BEGIN; SELECT count(*) FROM sqlite_schema; COMMIT');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    lock.close();
  }
}

/** SQLITE_BUSY and its kinds. */
const isBusy = (error: unknown): boolean => ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;

/** Takes a database away, with what SQLite has beside it. */
export const SQLITE_ENDINGS = ['', '-wal', '-shm', '-journal'] as const;

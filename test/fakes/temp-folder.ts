// A folder for the tests of one file, gone when they are through. Called at the top of the file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ess-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// A folder that goes away with the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param owner a Cleanup, or `{ defer: afterAll }` at the top of a test file */
export function temporaryFolder(owner: { defer(end: () => void): unknown }): string {
  const folder = mkdtempSync(join(tmpdir(), 'ess-test-'));
  owner.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Watches a connector's folder: a valid change is handed over, an invalid one is reported and the last good one stays.

import type { FSWatcher } from 'node:fs';
import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '@ess/domain/connector.ts';
import { digestOf } from '@ess/domain/connector-compile.ts';
import type { Problem } from '@ess/domain/problem.ts';
import type { LoadOptions } from './connector-folder.ts';
import { compilePartner, readConnectorFolder } from './connector-folder.ts';

/** An editor writes a file in several steps, and a deployment several files. */
const SETTLE_MS = 150;
/** fs.watch misses changes behind symbolic links (Kubernetes config maps) and on some network disks; looking again finds them. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Calls `onChange` with each new valid state of the folder and `onInvalid` with the problems of each invalid one; never
 * for a write that changed nothing. Returns what stops it.
 * @param loaded digest of the connector that is in use, so that what has changed since it was loaded is reported too; absent:
 *   only what changes after the call
 */
export function watchConnector(
  root: string,
  partner: string,
  onChange: (connector: Connector) => void,
  onInvalid: (problems: readonly Problem[]) => void,
  options: LoadOptions = {},
  loaded?: string,
): () => void {
  let seen = loaded ?? digest();
  let waiting: NodeJS.Timeout | undefined;

  function digest(): string {
    try {
      return digestOf(readConnectorFolder(root, partner));
    } catch {
      return ''; // the folder is away, e.g. being replaced: the next look finds what came in its place
    }
  }
  function look(): void {
    const now = digest();
    if (now === seen) return;
    seen = now;
    const { connector, problems } = compileOrReport();
    if (connector === undefined) return onInvalid(problems);
    try {
      onChange(connector);
    } catch (error) {
      onInvalid([problemOf(error, 'the connector before it goes on')]);
    }
  }
  function compileOrReport(): { connector?: Connector; problems: readonly Problem[] } {
    try {
      return compilePartner(root, partner, options);
    } catch (error) {
      return { problems: [problemOf(error, 'put the folder back; until then the last good connector goes on')] };
    }
  }
  function problemOf(error: unknown, remedy: string): Problem {
    const message = error instanceof Error ? error.message : String(error);
    return { file: join(root, partner), field: '', message, remedy };
  }
  const soon = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(look, SETTLE_MS);
  };
  const folders = [join(root, partner), join(root, partner, 'samples')];
  let watched = inodesOf(folders);
  let watchers = watchFolders(folders, soon);
  const close = (): void => {
    for (const watcher of watchers) watcher.close();
  };
  const again = setInterval(() => {
    // Another folder has come in its place: the watchers still look at the one before.
    const now = inodesOf(folders);
    if (now !== watched) {
      close();
      watched = now;
      watchers = watchFolders(folders, soon);
    }
    look();
  }, LOOK_AGAIN_MS);
  again.unref();
  if (loaded !== undefined) soon();
  return () => {
    close();
    clearTimeout(waiting);
    clearInterval(again);
  };
}

function inodesOf(folders: readonly string[]): string {
  const inode = (folder: string): string => {
    try {
      return String(statSync(folder, { bigint: true }).ino);
    } catch {
      return ''; // away, or not to be looked at
    }
  };
  return folders.map(inode).join(' ');
}

/** A folder that cannot be watched is still looked at every LOOK_AGAIN_MS. */
function watchFolders(folders: readonly string[], onEvent: () => void): FSWatcher[] {
  return folders.flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, onEvent);
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  });
}

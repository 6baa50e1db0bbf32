// Watches a connector's folder: tells each time that its files are others than before, whoever wrote them and however.
import type { FSWatcher } from 'node:fs';
import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '@ess/domain/connector/compile.ts';
import { readConnectorFolder } from './connector-folder.ts';

/** An editor writes a file in several steps, and a deployment several files. */
const SETTLE_MS = 150;
/** fs.watch misses changes behind symbolic links (Kubernetes config maps) and on some network disks; looking again finds them. */
const LOOK_AGAIN_MS = 5_000;

/** Stands for the files of a connector as they are now; empty when its folder is away, e.g. being replaced. */
export function folderDigest(root: string, partner: string): string {
  try {
    return digestOf(readConnectorFolder(root, partner));
  } catch {
    return '';
  }
}

/**
 * Calls `onChange` when the files have changed and nobody has written for a moment; never for a write that changed nothing.
 * @param seen digest of the files that are known: what has changed since then is told too. Default: as they are now
 * @returns what ends it
 */
export function watchFolder(
  root: string,
  partner: string,
  onChange: () => void,
  seen: string = folderDigest(root, partner),
): () => void {
  let known = seen;
  let waiting: NodeJS.Timeout | undefined;
  function look(): void {
    const now = folderDigest(root, partner);
    if (now === known) return;
    known = now;
    onChange();
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
  soon(); // it may have changed while the watchers were being set up
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

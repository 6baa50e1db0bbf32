// A file that a person or a deployment put there, read without trust: a pipe would never end, a device never stop, and a file
// of gigabytes would fill the memory. Links are followed: Kubernetes mounts files as links.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Why a file was not read. Holds nothing of its content. */
export class FileRefused extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Never waits, not even for the other end of a pipe; a terminal does not become ours. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
/** A byte order mark stays: the parsers say what they think of it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of a regular file.
 * @throws FileRefused when there is none, it is something else, longer than `maxBytes`, or not UTF-8
 */
export function readSmallFile(path: string, maxBytes: number): string {
  const bytes = readBytes(path, maxBytes);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new FileRefused('is not UTF-8', 'save it as UTF-8');
  }
}

function readBytes(path: string, maxBytes: number): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, FLAGS);
    const stat = fstatSync(file);
    if (!stat.isFile())
      throw new FileRefused(`is a ${kindOf(stat)}, not a file`, 'put a file in its place, or remove it');
    // One byte more than allowed: what the size says may be old, or a lie as under /proc.
    const bytes = Buffer.alloc(Math.min(maxBytes, stat.size || maxBytes) + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
      if (length < bytes.length) continue;
      if (length > maxBytes) throw new FileRefused(`has more than ${sizeOf(maxBytes)}`, 'make it smaller');
      throw new FileRefused('grew while it was read', 'write it whole, under another name, and rename it');
    }
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof FileRefused) throw error;
    throw refusedBy(error as NodeJS.ErrnoException);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What the system says, in words. */
export function refusedBy({ code, message }: NodeJS.ErrnoException): FileRefused {
  const [said, remedy] = SAID[code ?? ''] ?? [`cannot be read: ${code ?? message}`, 'see that it can be read'];
  return new FileRefused(said, remedy);
}

const SAID: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['is not there, or a link whose target is gone', 'put it back, or remove the link'],
  ENOTDIR: ['is below something that is no folder', 'put the folder back'],
  ELOOP: ['is a link that leads back to itself', 'let it lead to a file, or remove it'],
  EACCES: ['may not be read by this user', 'grant the right to read it'],
  EPERM: ['may not be read by this user', 'grant the right to read it'],
  ENXIO: ['is a socket or a pipe, not a file', 'put a file in its place, or remove it'],
  EISDIR: ['is a folder, not a file', 'put a file in its place, or remove it'],
};

function kindOf(stat: ReturnType<typeof fstatSync>): string {
  if (stat.isDirectory()) return 'folder';
  if (stat.isFIFO()) return 'pipe';
  return stat.isSocket() ? 'socket' : 'device';
}

const sizeOf = (bytes: number): string => (bytes >= 1_000_000 ? `${bytes / 1_000_000} MB` : `${bytes / 1_000} kB`);

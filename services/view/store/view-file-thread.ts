// The thread behind view-file.ts: SQLite, which answers while the view goes on. The file is WAL, so that a reader has one moment of
// it whatever is written meanwhile, and a process that is killed leaves what it had last kept.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { isLocked, SQLITE_ENDINGS, takeLock } from './file-lock.ts';
import type { FromFile, KeptPart, ToFile, ViewFileStart } from './view-file.ts';

const port = parentPort;
if (!port) throw new Error('view-file-thread.ts is started by view-file.ts');
const { file } = workerData as ViewFileStart;

/** How long one that closes the file is waited for, ms. */
const BUSY_MS = 500;
const TABLE = `CREATE TABLE IF NOT EXISTS parts (
  name TEXT NOT NULL, number INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (name, number))`;
const PUT = 'INSERT OR REPLACE INTO parts (name, number, crc, bytes) VALUES (?, ?, ?, ?)';
const UNDER = 'SELECT name, number, crc, bytes FROM parts WHERE name >= ? AND name < ?';
/** Behind every character that a name has. */
const BEHIND = '\u{10ffff}';

let lock: Disposable | undefined;
let opened: DatabaseSync | undefined;
let reader: DatabaseSync | undefined;

/** @returns whether this process may write the file */
function mayWrite(): boolean {
  lock ??= takeLock(file);
  return lock !== undefined;
}

function read(prefix: string): KeptPart[] {
  if (!reader) {
    reader = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
    reader.exec('BEGIN'); // all that is read is of one moment
  }
  const found = reader.prepare(UNDER).all(prefix, prefix + BEHIND) as unknown as Array<KeptPart & { crc: number }>;
  for (const { name, number, crc, bytes } of found)
    if (crc32(bytes) !== crc) throw new Error(`${name}, block ${number}, is damaged`);
  return found;
}

function endRead(): void {
  reader?.close();
  reader = undefined;
}

function save(parts: readonly KeptPart[], whole: boolean): 'kept' | 'gone' {
  if (!lock) throw new Error('another process writes it');
  if (opened && !existsSync(file)) close(); // somebody has deleted it
  if (!opened && !whole && !existsSync(file)) return 'gone';
  if (!whole) put(parts, false);
  else
    try {
      put(parts, true);
    } catch {
      // What is there is no such file, or is damaged.
      close();
      for (const end of SQLITE_ENDINGS) rmSync(file + end, { force: true });
      put(parts, true);
    }
  return 'kept';
}

function put(parts: readonly KeptPart[], whole: boolean): void {
  opened ??= openToWrite();
  opened.exec('BEGIN IMMEDIATE');
  try {
    if (whole) opened.exec('DELETE FROM parts');
    const statement = opened.prepare(PUT);
    for (const { name, number, bytes } of parts) statement.run(name, number, crc32(bytes), bytes);
    opened.exec('COMMIT');
  } catch (error) {
    if (opened.isTransaction) opened.exec('ROLLBACK');
    throw error;
  }
}

function openToWrite(): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    chmodSync(file, 0o600); // it names rules
    // What a crash of the machine loses of it is read again from Kafka.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 0');
    database.exec(TABLE);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function close(): void {
  opened?.close();
  opened = undefined;
}

function answer(message: ToFile): unknown {
  switch (message.kind) {
    case 'lock':
      return mayWrite();
    case 'isWritten':
      return lock === undefined && isLocked(file);
    case 'read':
      return read(message.prefix);
    case 'endRead':
      return endRead();
    case 'save':
      return save(message.parts, message.whole);
    case 'close':
      endRead();
      close();
      lock?.[Symbol.dispose]();
      lock = undefined;
      return undefined;
  }
}

port.on('message', (message: ToFile) => {
  let sent: FromFile;
  try {
    sent = { id: message.id, result: answer(message) };
  } catch (error) {
    sent = { id: message.id, failed: String((error as Error).message) };
  }
  const parts = message.kind === 'read' && Array.isArray(sent.result) ? (sent.result as KeptPart[]) : [];
  port.postMessage(
    sent,
    parts.map(({ bytes }) => bytes.buffer as ArrayBuffer),
  );
});

// The file of the audit index: rows of ess.audit by rule and by time, as they were written, and of each partition how far it reaches. It holds
// nothing that the topic does not.
import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

/** Raised when a column means something else. */
const FORMAT = 2;
const BUSY_MS = 5_000;

const TABLES = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS attempts (
    partition INTEGER NOT NULL, place INTEGER NOT NULL, writtenAt INTEGER NOT NULL,
    rule TEXT NOT NULL, partner TEXT NOT NULL, outcome TEXT NOT NULL, crc INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (partition, place)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ofRule ON attempts (rule, writtenAt);
  CREATE INDEX IF NOT EXISTS ofTime ON attempts (writtenAt)`;
const PUT = `INSERT OR REPLACE INTO attempts (partition, place, writtenAt, rule, partner, outcome, crc, value)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const FACT = 'INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)';
const COLUMNS = 'SELECT partition, place AS offset, writtenAt AS timestampMs, crc, value FROM attempts';
const NAMED_COLUMNS = COLUMNS.replace(' FROM', ', partner, outcome FROM');

export interface IndexedRow {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  /** As its record has it. */
  readonly value: Uint8Array;
}

export interface NamedRow extends IndexedRow {
  readonly partner: string;
  readonly outcome: string;
}

interface KeptRow extends IndexedRow {
  readonly crc: number;
}

/** Of a row about a position, or about a record that could not be decoded. */
export const NO_RULE = '';

export interface RowToIndex extends NamedRow {
  readonly rule: string;
}

/** Of a row among all, by the time at which it was written. */
export interface Place {
  readonly timestampMs: number;
  readonly partition: number;
  readonly offset: number;
}

/** Offsets [from, to) of a partition: all rows in between are there. */
export interface Reach {
  readonly from: number;
  readonly to: number;
}

/** The log that it is of. */
export interface AuditLog {
  readonly clusterId: string;
  readonly topicId: string;
}

interface Facts extends AuditLog {
  readonly format: number;
  readonly reaches: ReadonlyArray<readonly [partition: number, reach: Reach]>;
}

export class AuditFile implements Disposable {
  readonly #database: DatabaseSync;
  readonly #log: AuditLog;
  readonly #reaches: Map<number, Reach>;

  private constructor(database: DatabaseSync, log: AuditLog, reaches: Map<number, Reach>) {
    this.#database = database;
    this.#log = log;
    this.#reaches = reaches;
  }

  /** Of one moment, until it is disposed. @throws when it is not there, damaged, or of another log */
  static toRead(file: string, log: AuditLog): AuditFile {
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
    try {
      database.exec('BEGIN');
      return new AuditFile(database, log, reachesIn(database, log));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** @param reaches of a new one, where it begins; absent: it is there @throws when it is damaged, or of another log */
  static toWrite(file: string, log: AuditLog, reaches?: Map<number, Reach>): AuditFile {
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    try {
      chmodSync(file, 0o600); // it says what went wrong at partners
      database.exec(TABLES);
      const opened = new AuditFile(database, log, reaches ?? reachesIn(database, log));
      if (reaches) opened.#keepFacts();
      return opened;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get reaches(): ReadonlyMap<number, Reach> {
    return this.#reaches;
  }

  /** @param next the offset behind what was read of the partition: also of what is no row of a rule */
  add(partition: number, rows: readonly RowToIndex[], next: number): void {
    const { from } = this.#reaches.get(partition) ?? { from: 0 };
    this.#reaches.set(partition, { from, to: next });
    this.#transaction(() => {
      const put = this.#database.prepare(PUT);
      for (const { offset, timestampMs, rule, partner, outcome, value } of rows)
        put.run(partition, offset, Math.round(timestampMs), rule, partner, outcome, crc32(value), value);
    });
  }

  /** The oldest rows go until it fits. @returns whether some went */
  trim(maxBytes: number): boolean {
    let trimmed = false;
    while (this.bytes > maxBytes && [...this.#reaches.values()].some(({ from, to }) => from < to)) {
      trimmed = true;
      this.#transaction(() => {
        const drop = this.#database.prepare('DELETE FROM attempts WHERE partition = ? AND place < ?');
        for (const [partition, { from, to }] of this.#reaches) {
          const oldest = from + Math.ceil((to - from) * TRIMMED);
          drop.run(partition, oldest);
          this.#reaches.set(partition, { from: oldest, to });
        }
      });
    }
    return trimmed;
  }

  /** What is used of the file. */
  get bytes(): number {
    const { used } = this.#database
      .prepare(
        `SELECT (page_count - freelist_count) * page_size AS used FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
      )
      .get() as { used: number };
    return used;
  }

  /** When the oldest row was written from which on all are there, ms since 1970; undefined: there is none. */
  get sinceMs(): number | undefined {
    const first = this.#database.prepare(
      'SELECT min(writtenAt) AS since FROM attempts WHERE partition = ? AND place = (SELECT min(place) FROM attempts WHERE partition = ?)',
    );
    const sinceOf = (isWhole: boolean): number[] =>
      [...this.#reaches].flatMap(([partition, { from }]) => {
        if ((from === 0) !== isWhole) return [];
        const { since } = first.get(partition, partition) as { since: number | null };
        return since ?? [];
      });
    const cut = sinceOf(false);
    if (cut.length > 0) return Math.max(...cut);
    const whole = sinceOf(true); // nothing was ever before its first row
    return whole.length === 0 ? undefined : Math.min(...whole);
  }

  /** In the order of each partition. */
  ofRule(rule: string): Iterable<IndexedRow> {
    const rows = this.#database.prepare(`${COLUMNS} WHERE rule = ? ORDER BY partition, place`);
    return whole(rows.iterate(rule) as unknown as Iterable<KeptRow>);
  }

  /** What decides what a partner held of a rule: in the order of each partition. */
  ofOutcomes(...outcomes: readonly string[]): Iterable<IndexedRow> {
    const marks = outcomes.map(() => '?').join(', ');
    const rows = this.#database.prepare(
      `${COLUMNS} WHERE rule <> '' AND outcome IN (${marks}) ORDER BY partition, place`,
    );
    return whole(rows.iterate(...outcomes) as unknown as Iterable<KeptRow>);
  }

  /**
   * Newest first.
   * @param rule absent: of all
   * @param behind those that come after this one
   */
  newest(rule?: string, behind: Place = NEWEST): Iterable<NamedRow> {
    const ofRule = rule === undefined ? '' : 'rule = ? AND';
    const rows = this.#database.prepare(
      `${NAMED_COLUMNS} WHERE ${ofRule} (writtenAt, partition, place) < (?, ?, ?)
       ORDER BY writtenAt DESC, partition DESC, place DESC`,
    );
    const place = [behind.timestampMs, behind.partition, behind.offset];
    const found = rule === undefined ? rows.iterate(...place) : rows.iterate(rule, ...place);
    return whole(found as unknown as Iterable<NamedRow & KeptRow>);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #transaction(write: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#keepFacts();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #keepFacts(): void {
    const facts: Facts = { format: FORMAT, ...this.#log, reaches: [...this.#reaches] };
    this.#database.prepare(FACT).run('facts', JSON.stringify(facts));
  }
}

const NEWEST: Place = { timestampMs: Number.MAX_SAFE_INTEGER, partition: 0, offset: 0 };

/** Of each partition at a time: seldom enough that little time goes into it, often enough that little is lost. */
const TRIMMED = 0.1;

/** @throws when a row is not what was kept */
function* whole<T extends KeptRow>(rows: Iterable<T>): Generator<T> {
  for (const row of rows)
    if (crc32(row.value) === row.crc) yield row;
    else throw new Error(`row ${row.partition}:${row.offset} is damaged`);
}

function reachesIn(database: DatabaseSync, log: AuditLog): Map<number, Reach> {
  const found = database.prepare(`SELECT value FROM facts WHERE name = 'facts'`).get() as { value: string } | undefined;
  if (!found) throw new Error('it holds nothing');
  const { format, clusterId, topicId, reaches } = JSON.parse(found.value) as Facts;
  if (format !== FORMAT) throw new Error('another version of ESS has kept it');
  if (clusterId !== log.clusterId || topicId !== log.topicId) throw new Error('it is of another cluster or topic');
  return new Map(reaches);
}

// What the answer to a batch says of each of its records (`batch.answer`). An item that names none of them, or one that two claim, says
// nothing: the record is sent again alone, which is safe, and the answer to that is about it.
import type { BatchAnswer } from '@ess/domain/connector/connector.ts';
import { isExactNumber } from '@ess/domain/text/exact-number.ts';
import type { Path } from '@ess/domain/text/paths.ts';
import { parsePath, readPath } from '@ess/domain/text/paths.ts';

/** A record of the request. */
export interface SentRecord {
  readonly item: {
    /** Its webhook-id. */
    readonly deliveryId: string;
  };
  readonly document: Record<string, unknown>;
}

/** Of each record of a request, what an answer calls it; undefined: nothing can name it. */
export type Names = ReadonlyArray<string | undefined>;

export class BatchAnswerReader {
  readonly #items: Path | undefined;
  readonly #id: Path | undefined;
  readonly #idOf: Path | undefined;
  readonly #status: Path;

  constructor({ items, id, idOf, status }: BatchAnswer) {
    this.#items = pathOf(items);
    this.#id = pathOf(id);
    this.#idOf = pathOf(idOf);
    this.#status = pathOf(status) ?? [];
  }

  /** What the answer calls the records. */
  namesOf(sent: readonly SentRecord[]): Names {
    return sent.map(({ item, document }) => (this.#idOf ? nameIn(readPath(document, this.#idOf)) : item.deliveryId));
  }

  /** @param names of the records in the order of the request @returns the status of each, null for one that is not named; undefined when there is no list */
  read(answer: unknown, names: Names): Array<number | null> | undefined {
    const items = this.#items ? readPath(answer, this.#items) : answer;
    if (!Array.isArray(items)) return undefined;
    if (!this.#id) {
      // A list of another length is about other records, and which is not to be told.
      if (items.length !== names.length) return names.map(() => null);
      return items.map((item) => statusIn(readPath(item, this.#status)));
    }
    const byName = new Map<string, number | null>();
    for (const item of items) {
      const name = nameIn(readPath(item, this.#id));
      const status = statusIn(readPath(item, this.#status));
      if (name !== undefined) byName.set(name, byName.has(name) && byName.get(name) !== status ? null : status);
    }
    const times = new Map<string | undefined, number>();
    for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
    return names.map((name) => (name === undefined || times.get(name) !== 1 ? null : (byName.get(name) ?? null)));
  }
}

function pathOf(text: string | undefined): Path | undefined {
  const parsed = text === undefined ? undefined : parsePath(text);
  return parsed && 'path' in parsed ? parsed.path : undefined;
}

/** 201, "201", "201 Created", "HTTP/1.1 201 Created". */
function statusIn(value: unknown): number | null {
  const digits = /^(?:HTTP\/\S+ )?([2-5]\d\d)(?:\s|$)/.exec(
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '',
  );
  return digits ? Number(digits[1]) : null;
}

/** A number beyond 2^53 by its digits. */
function nameIn(value: unknown): string | undefined {
  if (isExactNumber(value)) return value.rawJSON;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

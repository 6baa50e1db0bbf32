// A change of a connector, rehearsed over records that were really published: what would the partner get that it does not
// get now? Takes records in one by one and keeps counts and a few samples, whatever the length of the history.
import { isDeepStrictEqual } from 'node:util';
import type { Connector } from '../connector/connector.ts';
import { outgoingOf } from '../connector/outgoing.ts';
import type { ShownRequest } from '../request/shown-request.ts';
import { shownRequest } from '../request/shown-request.ts';
import { isExactNumber } from '../text/exact-number.ts';
import { isWithdrawn } from '../values/withdrawn.ts';

/** What a connector makes of one record. */
export type Made =
  | { readonly kind: 'outOfScope' | 'withdrawn' }
  | { readonly kind: 'failed'; readonly reason: string }
  | MadeDocument;

export interface MadeDocument {
  readonly kind: 'document';
  readonly document: Readonly<Record<string, unknown>>;
  /** Absent: a POST of it as JSON to the URL of the connector, or a connector that only streams. */
  readonly request?: ShownRequest;
}

export interface FieldDifference {
  /** Dotted path in the partner's document; of the request `(request).url`, `.method` or `.headers` and the name of one. */
  readonly field: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export interface RehearsalSample {
  readonly record: string;
  readonly before: Made;
  readonly after: Made;
}

export interface RehearsalResult {
  readonly records: number;
  readonly inScope: { readonly before: number; readonly after: number };
  /** Records that come into scope, or leave it. */
  readonly scopeFlips: { readonly into: number; readonly outOf: number };
  readonly same: number;
  readonly different: number;
  readonly failing: { readonly before: number; readonly after: number };
  /** Made a document before and fails now; by reason. */
  readonly newlyFailing: number;
  readonly newlyFailingReasons: ReadonlyArray<{ readonly reason: string; readonly records: number }>;
  readonly mended: number;
  /** Of all that fail after the change. */
  readonly failingReasons: RehearsalResult['newlyFailingReasons'];
  readonly fields: readonly FieldDifference[];
  readonly samples: readonly RehearsalSample[];
  /** A few of those that the change leaves as they are. */
  readonly unchanged: ReadonlyArray<{ readonly record: string; readonly made: Made }>;
}

const SAMPLES_MAX = 3;
/** Reasons name values, so there may be as many as records. */
const REASONS_MAX = 20;

export function makeOf(connector: Connector, record: Readonly<Record<string, unknown>>): Made {
  if (!connector.inScope(record)) return { kind: 'outOfScope' };
  const withdrawn = isWithdrawn(connector.source.key, record);
  if (withdrawn && connector.onLeave === 'alert') return { kind: 'withdrawn' };
  const made = outgoingOf(connector, record, withdrawn);
  if (!made.ok) return { kind: 'failed', reason: made.reason };
  const { document, plan, parts } = made;
  if (plan === undefined || parts === undefined) return { kind: 'document', document };
  return { kind: 'document', document, request: shownRequest(plan, parts, document) };
}

export class Rehearsal {
  #records = 0;
  #same = 0;
  #different = 0;
  #mended = 0;
  #newlyFailing = 0;
  readonly #inScope = { before: 0, after: 0 };
  readonly #failing = { before: 0, after: 0 };
  readonly #flips = { into: 0, outOf: 0 };
  readonly #newReasons = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #unchanged: Array<{ readonly record: string; readonly made: Made }> = [];
  readonly #fields = new Map<string, { added: number; removed: number; changed: number }>();
  readonly #samples: Array<RehearsalSample & { readonly kind: string }> = [];

  /** @param record how a person finds it, e.g. `wildfire v3 at rules:3:1042` */
  take(record: string, before: Made, after: Made): void {
    this.#records += 1;
    for (const [when, made] of [['before', before] as const, ['after', after] as const]) {
      if (made.kind !== 'outOfScope') this.#inScope[when] += 1;
      if (made.kind === 'failed') this.#failing[when] += 1;
    }
    if (after.kind === 'failed') count(this.#reasons, after.reason);
    if (isDeepStrictEqual(before, after)) {
      this.#same += 1;
      this.#leave(record, after);
      return;
    }
    this.#different += 1;
    if (before.kind === 'outOfScope') this.#flips.into += 1;
    if (after.kind === 'outOfScope') this.#flips.outOf += 1;
    if (after.kind === 'failed' && before.kind !== 'failed') {
      this.#newlyFailing += 1;
      count(this.#newReasons, after.reason);
    }
    if (before.kind === 'failed' && after.kind === 'document') this.#mended += 1;
    if (before.kind === 'document' && after.kind === 'document') this.#compare(before, after);
    this.#sample({ record, before, after, kind: `${before.kind} ${after.kind}` });
  }

  get result(): RehearsalResult {
    return {
      records: this.#records,
      inScope: { ...this.#inScope },
      scopeFlips: { ...this.#flips },
      same: this.#same,
      different: this.#different,
      failing: { ...this.#failing },
      newlyFailing: this.#newlyFailing,
      newlyFailingReasons: byReason(this.#newReasons),
      failingReasons: byReason(this.#reasons),
      mended: this.#mended,
      fields: [...this.#fields].map(([field, counts]) => ({ field, ...counts })),
      samples: this.#samples.map(({ kind: _, ...sample }) => sample),
      unchanged: this.#unchanged,
    };
  }

  /** What is out of scope shows nothing; one document is as good as another, and one failure as another of its kind. */
  #leave(record: string, made: Made): void {
    if (made.kind === 'outOfScope' || this.#unchanged.length >= SAMPLES_MAX) return;
    const documents = this.#unchanged.filter((known) => known.made.kind === 'document').length;
    if (
      made.kind === 'document'
        ? documents < SAMPLES_MAX - 1
        : !this.#unchanged.some((known) => known.made.kind === made.kind)
    )
      this.#unchanged.push({ record, made });
  }

  #compare(before: MadeDocument, after: MadeDocument): void {
    const [old, fresh] = [flat(whole(before)), flat(whole(after))];
    for (const field of new Set([...old.keys(), ...fresh.keys()])) {
      if (old.has(field) && fresh.has(field) && isDeepStrictEqual(old.get(field), fresh.get(field))) continue;
      const counts = this.#fields.get(field) ?? { added: 0, removed: 0, changed: 0 };
      this.#fields.set(field, counts);
      counts[!old.has(field) ? 'added' : !fresh.has(field) ? 'removed' : 'changed'] += 1;
    }
  }

  /** One of each kind of difference first: three that differ alike say less. */
  #sample(sample: RehearsalSample & { readonly kind: string }): void {
    if (this.#samples.length < SAMPLES_MAX) this.#samples.push(sample);
    else if (!this.#samples.some(({ kind }) => kind === sample.kind)) {
      const twice = this.#samples.findLastIndex(({ kind }, at) =>
        this.#samples.some((other, index) => index < at && other.kind === kind),
      );
      if (twice >= 0) this.#samples[twice] = sample;
    }
  }
}

/** The document and the request, which has no name that a document is likely to have. */
function whole({ document, request }: MadeDocument): object {
  if (request === undefined) return document;
  const { body: _, ...line } = request;
  return { ...document, '(request)': line };
}

function count(reasons: Map<string, number>, reason: string): void {
  const name = reasons.has(reason) || reasons.size < REASONS_MAX ? reason : 'other reasons';
  reasons.set(name, (reasons.get(name) ?? 0) + 1);
}

const byReason = (reasons: ReadonlyMap<string, number>): RehearsalResult['newlyFailingReasons'] =>
  [...reasons].map(([reason, records]) => ({ reason, records }));

/** Dotted path → value; lists are values. */
function flat(document: object, prefix = ''): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(document)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (isObject(value) && Object.keys(value).length > 0)
      for (const [inner, innerValue] of flat(value, path)) fields.set(inner, innerValue);
    else fields.set(path, value);
  }
  return fields;
}

/** Digits of a number are a value. */
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);

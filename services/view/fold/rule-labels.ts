// What the newest version of each rule says of its scope and its region: people look for rules by them. A source whose records have
// no such fields has none.
import { NumberColumn, Texts } from './columns.ts';
import type { PartsIn, PartsOut } from './parts.ts';

export const LABELS = ['scope', 'region'] as const;
export type Label = (typeof LABELS)[number];
export type LabelFilter = Readonly<Partial<Record<Label, string>>>;

/** A field of that name may hold anything, e.g. another text for each rule: what comes after so many, or is longer, is not told apart. */
const TEXTS_MAX = 10_000;
const TEXT_MAX_CHARS = 200;
const OTHER = -1;

export class RuleLabels {
  readonly #columns = LABELS.map((label) => ({ label, texts: new Texts(), numbers: new NumberColumn() }));

  take(row: number, value: object): void {
    for (const { label, texts, numbers } of this.#columns) {
      const text: unknown = (value as Record<Label, unknown>)[label];
      numbers.set(row, typeof text === 'string' ? numberIn(texts, text) : 0);
    }
  }

  /** What is not told apart matches each text that is not known. */
  matches(row: number, wanted: LabelFilter): boolean {
    return this.#columns.every(({ label, texts, numbers }) => {
      const text = wanted[label];
      return text === undefined || numbers.get(row) === (texts.find(text) ?? OTHER);
    });
  }

  /** All that are told apart. */
  known(label: Label): readonly string[] {
    return this.#columns.find((column) => column.label === label)?.texts.all ?? [];
  }

  clear(): void {
    for (const { numbers } of this.#columns) numbers.clear();
  }

  save(out: PartsOut, name: string): void {
    for (const { label, texts, numbers } of this.#columns) {
      texts.save(out, `${name}${label}s`);
      numbers.save(out, `${name}${label}`);
    }
  }

  load(from: PartsIn, name: string): void {
    for (const { label, texts, numbers } of this.#columns) {
      texts.load(from, `${name}${label}s`);
      numbers.load(from, `${name}${label}`);
    }
  }
}

function numberIn(texts: Texts, text: string): number {
  const isTold = texts.find(text) !== undefined || (texts.size < TEXTS_MAX && text.length <= TEXT_MAX_CHARS);
  return isTold ? texts.numberOf(text) : OTHER;
}

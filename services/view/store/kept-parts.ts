// Parts as a file has them: each under its name, blocks with their numbers, values as JSON.
import type { PartsIn, PartsOut } from '../fold/parts.ts';
import type { KeptPart } from './view-file.ts';

/** The number of a value. */
const VALUE = -1;

export class PartsToKeep implements PartsOut {
  readonly whole: boolean;
  readonly parts: KeptPart[] = [];

  constructor(whole: boolean) {
    this.whole = whole;
  }

  value(name: string, value: unknown): void {
    this.parts.push({ name, number: VALUE, bytes: new TextEncoder().encode(JSON.stringify(value)) });
  }

  block(name: string, number: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.parts.push({ name, number, bytes });
  }
}

export class PartsThatWereKept implements PartsIn {
  readonly #byName: Map<string, readonly KeptPart[]>;

  constructor(parts: readonly KeptPart[]) {
    this.#byName = Map.groupBy(parts, ({ name }) => name);
  }

  value<T>(name: string): T {
    const part = this.#byName.get(name)?.find(({ number }) => number === VALUE);
    if (!part) throw new Error(`it has no ${name}`);
    return JSON.parse(new TextDecoder().decode(part.bytes)) as T;
  }

  *blocks(name: string): Generator<readonly [number, Uint8Array]> {
    for (const { number, bytes } of this.#byName.get(name) ?? []) if (number !== VALUE) yield [number, bytes];
  }
}

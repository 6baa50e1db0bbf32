// What a value of an Avro type costs at least, before any byte is looked at: its bytes, and how many values come with it. Inside unions, arrays and maps the bytes decide, and are counted there.
import type { Type } from 'avsc';
import { DEPTH_MAX } from './avro-tap.ts';

export interface Cost {
  /** The least that a value takes. */
  readonly bytes: number;
  /** Values that come with it: its fields, and records as such. */
  readonly values: number;
  /** Types one inside the other, the name of an enclosing record counting as one. */
  readonly depth: number;
  /** Enclosing records of which it holds one in any case. */
  readonly encloses: readonly Type[];
}

/** What avsc's types show of themselves beyond its declarations. */
interface Shape {
  readonly typeName: string;
  readonly fields?: ReadonlyArray<{ readonly type: Type }>;
  readonly types?: readonly Type[];
  readonly itemsType?: Type;
  readonly valuesType?: Type;
  readonly size?: number;
}

/** Where costs stop to grow: doubled forty times by records in records they would be no numbers to compute with. */
const COST_MAX = 1e9;
const BYTES_OF: Readonly<Record<string, number>> = { null: 0, float: 4, double: 8 };

export class Costs {
  readonly #known = new Map<Type, Cost>();

  /** @throws Error when types lie too deep in one another */
  of(type: Type): Cost {
    const known = this.#known.get(type);
    if (known) return known;
    const cost = this.#reckon(type as Shape);
    if (cost.depth > DEPTH_MAX) throw new Error(`its types are more than ${DEPTH_MAX} deep in one another`);
    this.#known.set(type, cost);
    return cost;
  }

  set(type: Type, cost: Cost): void {
    this.#known.set(type, cost);
  }

  #reckon({ typeName, fields, types, itemsType, valuesType, size }: Shape): Cost {
    const inside = fields?.map(({ type }) => type) ?? types ?? [itemsType ?? valuesType ?? []].flat();
    const costs = inside.map((type) => this.of(type));
    const depth = 1 + costs.reduce((most, cost) => Math.max(most, cost.depth), 0);
    if (!fields) {
      const bytes = types ? 1 + Math.min(...costs.map((cost) => cost.bytes)) : (size ?? BYTES_OF[typeName] ?? 1);
      return { bytes, values: 1, depth, encloses: [] };
    }
    return {
      bytes: costs.reduce((sum, cost) => Math.min(COST_MAX, sum + cost.bytes), 0),
      values: costs.reduce((sum, cost) => Math.min(COST_MAX, sum + cost.values), 1),
      depth,
      encloses: [...new Set(costs.flatMap((cost) => cost.encloses))],
    };
  }
}

// What reading by a plan costs at least, before any byte is looked at: the bytes it takes, and how many values it makes. Inside
// unions, arrays and maps the bytes decide, and are counted there.
import type { Plan, RecordPlan } from '@ess/domain/avro/avro-resolution.ts';
import { DEPTH_MAX } from './avro-tap.ts';

export interface Cost {
  /** The least that a value takes. */
  readonly bytes: number;
  /** Values that come with it: its fields, and records as such. */
  readonly values: number;
  /** Plans one inside the other, an enclosing record counting as one. */
  readonly depth: number;
  /** Enclosing records of which it holds one in any case. */
  readonly encloses: readonly RecordPlan[];
}

/** Where costs stop to grow: doubled forty times by records in records they would be no numbers to compute with. */
const COST_MAX = 1e9;
const LEAF: Cost = { bytes: 1, values: 1, depth: 1, encloses: [] };
const BYTES_OF: Readonly<Record<string, number>> = { null: 0, float: 4, double: 8, mismatch: 0 };

export class Costs {
  readonly #known = new Map<Plan, Cost>();
  readonly #open = new Set<Plan>();

  /** @throws Error when plans lie too deep in one another, or a record is in itself without end */
  of(plan: Plan): Cost {
    const known = this.#known.get(plan);
    if (known) return known;
    // It takes a byte: that of the union, array or map without which it would not end. If there is none, its record sees it.
    if (this.#open.has(plan)) return { ...LEAF, encloses: [plan as RecordPlan] };
    this.#open.add(plan);
    const cost = this.#reckon(plan);
    this.#open.delete(plan);
    if (cost.depth > DEPTH_MAX) throw new Error(`its types are more than ${DEPTH_MAX} deep in one another`);
    this.#known.set(plan, cost);
    return cost;
  }

  #reckon(plan: Plan): Cost {
    switch (plan.kind) {
      case 'array':
        return { ...LEAF, depth: 1 + this.of(plan.items).depth };
      case 'map':
        return { ...LEAF, depth: 1 + this.of(plan.values).depth };
      case 'union': {
        const costs = plan.branches.map((branch) => this.of(branch));
        return { ...LEAF, bytes: 1 + Math.min(...costs.map(({ bytes }) => bytes)), depth: deeper(costs) };
      }
      case 'fixed':
        return { ...LEAF, bytes: plan.size };
      case 'record':
        return this.#record(plan);
      default:
        return { ...LEAF, bytes: BYTES_OF[plan.kind] ?? 1 };
    }
  }

  #record(plan: RecordPlan): Cost {
    const costs = plan.steps.map((step) => this.of(step.plan));
    const encloses = [...new Set(costs.flatMap((cost) => cost.encloses))];
    if (encloses.includes(plan)) throw new Error(`${plan.name} contains itself, without end`);
    return {
      bytes: costs.reduce((sum, { bytes }) => Math.min(COST_MAX, sum + bytes), 0),
      values: costs.reduce((sum, { values }) => Math.min(COST_MAX, sum + values), 1 + plan.given.size),
      depth: deeper(costs),
      encloses,
    };
  }
}

const deeper = (costs: readonly Cost[]): number => 1 + costs.reduce((most, { depth }) => Math.max(most, depth), 0);

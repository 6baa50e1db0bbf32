// What will happen, drawn up front from the seed: the same seed and length give the same plan. Each track is one thing that
// can be harmed once at a time (a worker, the brokers, the registry, a partner); tracks run side by side.
import { Chance } from '../harness/chance.ts';
import type { Fault } from './faults.ts';
import { FAULTS, TLS_FAULTS } from './faults.ts';
import type { ChaosPartnerPlan } from './partners.ts';
import { PARTNERS } from './partners.ts';

export type Harm =
  | { readonly kind: 'kill' | 'freeze' | 'term'; readonly worker: number }
  | { readonly kind: 'broker'; readonly which: number | 'leader' | 'coordinator' }
  | { readonly kind: 'registry' }
  | { readonly kind: 'partner'; readonly partner: string; readonly fault: Fault }
  | { readonly kind: 'storm'; readonly joins: number }
  | { readonly kind: 'partitions'; readonly add: number }
  | { readonly kind: 'burst'; readonly rules: number };

export interface ChaosEvent {
  readonly atMs: number;
  readonly forMs: number;
  readonly harm: Harm;
}

export interface ChaosPlan {
  readonly seed: number;
  readonly lengthMs: number;
  readonly tracks: ReadonlyArray<readonly ChaosEvent[]>;
}

export const WORKERS = 3;
export const BROKERS = 3;
/** Longer than the session timeout of 10 s: the frozen one has lost its partitions when it wakes. */
const FREEZE_MS = [11_500, 15_000] as const;

export function drawPlan(
  seed: number,
  lengthMs: number,
  harmed: readonly Pick<ChaosPartnerPlan, 'name' | 'tls'>[] = PARTNERS,
): ChaosPlan {
  const chance = new Chance(seed);
  const track = (gap: Span, draw: () => { forMs: number; harm: Harm }) => drawTrack(chance, lengthMs, gap, draw);
  const workers = Array.from({ length: WORKERS }, (_, worker) =>
    track([6_000, 22_000], () => {
      const kind = pick(chance, ['kill', 'kill', 'freeze', 'term'] as const);
      return { forMs: span(chance, kind === 'freeze' ? FREEZE_MS : [300, 4_000]), harm: { kind, worker } };
    }),
  );
  const brokers = track([8_000, 18_000], () => ({
    forMs: span(chance, [2_000, 9_000]),
    harm: { kind: 'broker', which: pick(chance, [0, 1, 2, 'leader', 'leader', 'coordinator'] as const) },
  }));
  const registry = track([20_000, 40_000], () => ({ forMs: span(chance, [3_000, 9_000]), harm: { kind: 'registry' } }));
  const partners = harmed.map(({ name, tls }) => {
    const deal = deck<Fault>(chance, tls ? [...FAULTS, ...TLS_FAULTS] : FAULTS);
    return track([2_000, 9_000], () => ({
      forMs: span(chance, [1_500, 9_000]),
      harm: { kind: 'partner', partner: name, fault: deal() },
    }));
  });
  const storms = track([25_000, 50_000], () => ({ forMs: 0, harm: { kind: 'storm', joins: chance.between(2, 4) } }));
  const bursts = track([15_000, 40_000], () => ({
    forMs: 0,
    harm: { kind: 'burst', rules: chance.between(300, 1_500) },
  }));
  const more: ChaosEvent[] = [0.4, 0.75].map((share) => ({
    atMs: Math.round(lengthMs * share),
    forMs: 0,
    harm: { kind: 'partitions', add: chance.between(1, 3) },
  }));
  return { seed, lengthMs, tracks: [...workers, brokers, registry, ...partners, storms, bursts, more] };
}

type Span = readonly [lowMs: number, highMs: number];

const span = (chance: Chance, [low, high]: Span): number => chance.between(low, high);

function pick<T>(chance: Chance, from: readonly T[]): T {
  return from[chance.between(0, from.length - 1)] as T;
}

/** Deals every card once before any comes again. */
function deck<T>(chance: Chance, cards: readonly T[]): () => T {
  let rest: T[] = [];
  return () => {
    if (rest.length === 0) rest = [...cards];
    return rest.splice(chance.between(0, rest.length - 1), 1)[0] as T;
  };
}

function drawTrack(
  chance: Chance,
  lengthMs: number,
  gap: Span,
  draw: () => { forMs: number; harm: Harm },
): ChaosEvent[] {
  const events: ChaosEvent[] = [];
  // A run that starts with everything at once would say little about each.
  for (let atMs = chance.between(1_000, gap[1]); atMs < lengthMs - 2_000; ) {
    const { forMs, harm } = draw();
    events.push({ atMs, forMs: Math.min(forMs, lengthMs - atMs), harm });
    atMs += forMs + span(chance, gap);
  }
  return events;
}

export function describeHarm({ harm, forMs }: ChaosEvent): string {
  const seconds = `for ${(forMs / 1000).toFixed(1)} s`;
  switch (harm.kind) {
    case 'kill':
      return `worker ${harm.worker}: kill -9, again after ${(forMs / 1000).toFixed(1)} s`;
    case 'freeze':
      return `worker ${harm.worker}: frozen ${seconds}`;
    case 'term':
      return `worker ${harm.worker}: SIGTERM, again after ${(forMs / 1000).toFixed(1)} s`;
    case 'broker':
      return `broker ${typeof harm.which === 'number' ? harm.which + 1 : `(the ${harm.which})`}: kill -9, down ${seconds}`;
    case 'registry':
      return `registry: kill -9, down ${seconds}`;
    case 'partner':
      return `partner ${harm.partner}: ${harm.fault} ${seconds}`;
    case 'storm':
      return `rebalance storm: ${harm.joins} workers join and leave`;
    case 'partitions':
      return `${harm.add} partitions are added, and new keys published`;
    case 'burst':
      return `${harm.rules} rules at once`;
  }
}

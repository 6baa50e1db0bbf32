// One record that tries whether a held partner is back.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { CatchUp } from '../intake/catch-up.ts';
import type { Item } from '../item/item.ts';
import type { Health } from '../partner-context.ts';
import type { StartGate } from './start-gate.ts';

export interface ProbeOptions {
  readonly partner: Pick<Health, 'paused'>;
  readonly gate: Pick<StartGate, 'isOpen'>;
  readonly catchUp: Pick<CatchUp, 'takeLowest'>;
  readonly lanes: Pick<Lanes<Item>, 'push' | 'probe'>;
}

/** Starts one waiting record although the partner is held. @returns whether there was one to start */
export function probe({ partner, gate, catchUp, lanes }: ProbeOptions): boolean {
  if (!gate.isOpen || partner.paused) return false;
  // The least tried lane first, then the oldest record: one record that always fails must not decide for all.
  const rank = (item: Item) => (item.probes + item.attempts) * 1e13 + item.record.timestampMs;
  const gathered = catchUp.takeLowest(rank);
  if (gathered) lanes.push(gathered.key, gathered);
  return lanes.probe(rank) !== undefined;
}

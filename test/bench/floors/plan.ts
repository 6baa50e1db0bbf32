// How a floor process begins and ends.
import type { FloorPlan } from '../floor-run.ts';

export function floorPlan(): FloorPlan {
  process.once('disconnect', () => process.exit(0)); // the bench is gone
  process.on('SIGINT', () => undefined); // Ctrl-C in a terminal is the bench's to handle
  return JSON.parse(process.argv[2] ?? '{}') as FloorPlan;
}

export const begun = (): void => void process.send?.({ begun: true });

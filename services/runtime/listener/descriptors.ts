// How many connections strangers may hold: fewer than the process may open, so that Kafka, files and threads always find a
// descriptor.
import { readFileSync } from 'node:fs';

/** Where the system does not say. */
const USUAL_LIMIT = 1_024;
/** Kept for ourselves: a few brokers and threads need some sixty, and large machines have more to spare. */
const MIN_RESERVE = 96;
const MAX_RESERVE = 1_024;
/** A process that may open next to nothing still answers. */
const LEAST = 16;

/** Open files that this process may have. (Node has raised the soft limit to the hard one by itself.) */
export function descriptorLimit(read: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(read()) ?? [];
    if (soft === 'unlimited') return Number.POSITIVE_INFINITY;
    return soft === undefined ? USUAL_LIMIT : Number(soft);
  } catch {
    return USUAL_LIMIT; // no /proc here
  }
}

/** @param wanted what the listener would take if descriptors were free */
export function connectionBudget(wanted: number, limit = descriptorLimit()): number {
  const reserve = Math.min(MAX_RESERVE, Math.max(MIN_RESERVE, Math.floor(limit / 8)));
  return Math.max(LEAST, Math.min(wanted, limit - reserve));
}

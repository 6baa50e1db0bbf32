// Partners as they are: each has been met, or follows from one that was.
import type { Chance } from '../chance.ts';
import type { BusyProfile } from './busy-partner.ts';

/** Exponentially distributed: what M/M/c means. */
const exponential = (chance: Chance, meanMs: number): number => -meanMs * Math.log(1 - chance.next());
const uniform = (chance: Chance, lowMs: number, highMs: number): number => lowMs + (highMs - lowMs) * chance.next();
/** Heavy-tailed: a few take a hundred times as long as most. */
const pareto = (chance: Chance, leastMs: number, shape: number): number => leastMs / (1 - chance.next()) ** (1 / shape);

const ALL = 1_000;
const COMMON = { ceiling: 64, seconds: 60, timeoutMs: 5_000, servers: () => ALL };

export const BUSY_PROFILES: readonly BusyProfile[] = [
  { ...COMMON, name: 'bears all', seconds: 20, workMs: (chance) => exponential(chance, 20) },
  {
    ...COMMON,
    name: 'becomes thirty times slower for good',
    ceiling: 32,
    workMs: (_chance, nowMs) => (nowMs < 10_000 ? 20 : 600),
  },
  { ...COMMON, name: 'takes 50 to 1,100 ms', workMs: (chance) => uniform(chance, 50, 1_100) },
  { ...COMMON, name: 'lets all wait (M/M/8)', servers: () => 8, workMs: (chance) => exponential(chance, 40) },
  {
    ...COMMON,
    name: 'lets wait until time-outs (M/M/4)',
    seconds: 180,
    timeoutMs: 2_000,
    servers: () => 4,
    workMs: (chance) => exponential(chance, 250),
  },
  {
    ...COMMON,
    name: 'refuses more than it can do (M/M/16)',
    servers: () => 16,
    queue: 0,
    workMs: (chance) => exponential(chance, 100),
  },
  {
    ...COMMON,
    name: 'shrinks to 8 and grows again',
    queue: 4,
    servers: (nowMs) => (nowMs > 15_000 && nowMs < 35_000 ? 8 : 64),
    workMs: (chance) => exponential(chance, 100),
  },
  { ...COMMON, name: 'takes very long now and then', workMs: (chance) => pareto(chance, 30, 1.3) },
  {
    ...COMMON,
    name: 'gets its records in bursts',
    servers: () => 16,
    queue: 16,
    workMs: (chance) => exponential(chance, 50),
    offered: (nowMs) => 400 * (1 + Math.floor(nowMs / 3_000)),
  },
  {
    ...COMMON,
    name: 'starts slowly',
    servers: (nowMs) => Math.min(64, 4 * 2 ** (nowMs / 5_000)),
    queue: 4,
    workMs: (chance) => exponential(chance, 100),
  },
  {
    ...COMMON,
    name: 'does less the more it has',
    seconds: 120,
    workMs: (chance, _nowMs, open) => exponential(chance, 25 * (1 + (open / 16) ** 2)),
  },
  {
    ...COMMON,
    name: 'is fast and slow by turns',
    workMs: (chance, nowMs) => exponential(chance, Math.floor(nowMs / 7_000) % 2 === 0 ? 30 : 500),
  },
  {
    ...COMMON,
    name: 'stands still a second of ten',
    servers: (nowMs) => (nowMs % 10_000 > 9_000 ? 0 : 32),
    workMs: (chance) => exponential(chance, 80),
  },
  {
    ...COMMON,
    name: 'answers one of twenty after four seconds',
    seconds: 120,
    workMs: (chance) => (chance.hits(0.05) ? 4_000 : exponential(chance, 50)),
  },
  {
    ...COMMON,
    name: 'becomes slower and slower, and is fast again',
    workMs: (chance, nowMs) => exponential(chance, 20 + (480 * (nowMs % 10_000)) / 10_000),
  },
  { ...COMMON, name: 'answers after 100 s', seconds: 1_800, timeoutMs: 120_000, workMs: () => 100_000 },
  { ...COMMON, name: 'refuses one in fifty whatever comes', flaky: 0.02, workMs: (chance) => exponential(chance, 100) },
];

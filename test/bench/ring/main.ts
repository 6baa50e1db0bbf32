// Rings a door as fast as it answers, or at a steady rate, in a process of its own: the load must not share a thread with
// what it measures. One plan as JSON in the first argument, one report over IPC.
import { Pool } from 'undici';
import { Histogram } from '../figures/histogram.ts';

export interface RingPlan {
  /** Of the door. */
  readonly url: string;
  readonly secret: string;
  readonly connections: number;
  readonly warmMs: number;
  readonly runMs: number;
  /** Absent: each connection sends again as soon as it is answered. */
  readonly perSecond?: number;
}

export interface RingReport {
  /** Answers 204 since the start, warm-up included. */
  readonly answered: number;
  /** Any other answer, or none. */
  readonly refused: number;
  /** 204 per second of the measured time. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const plan = JSON.parse(process.argv[2] ?? '{}') as RingPlan;
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);

const { origin, pathname } = new URL(plan.url);
const pool = new Pool(origin, { connections: plan.connections, pipelining: 1 });
const histogram = new Histogram();
const startedAt = performance.now();
const measureFrom = startedAt + plan.warmMs;
const endAt = measureFrom + plan.runMs;
let sent = 0;
let answered = 0;
let refused = 0;
let measured = 0;

/** @param dueAt when it should have left: a late start is latency too */
function ring(dueAt: number): Promise<void> {
  const number = ++sent;
  const body = JSON.stringify({ auth: plan.secret, bedsFree: number % 40, ward: 'ICU' });
  const headers = { 'content-type': 'application/json', 'idempotency-key': `ring-${process.pid}-${number}` };
  return new Promise((resolve) => {
    let status = 0;
    const end = (): void => {
      const now = performance.now();
      if (status === 204) answered += 1;
      else refused += 1;
      if (status === 204 && dueAt >= measureFrom && now < endAt + 1_000) {
        histogram.add((now - dueAt) * 1000);
        if (now < endAt) measured += 1;
      }
      resolve();
    };
    pool.dispatch(
      { path: pathname, method: 'POST', headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: () => undefined,
        onResponseEnd: end,
        onResponseError: end,
      },
    );
  });
}

async function closed(): Promise<void> {
  while (performance.now() < endAt) await ring(performance.now());
}

async function paced(perSecond: number): Promise<void> {
  const open = new Set<Promise<void>>();
  for (let count = 0; ; ) {
    const now = performance.now();
    if (now >= endAt) break;
    for (; startedAt + (count * 1000) / perSecond <= now; count += 1) {
      const one: Promise<void> = ring(startedAt + (count * 1000) / perSecond).then(() => void open.delete(one));
      open.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
}

if (plan.perSecond === undefined) await Promise.all(Array.from({ length: plan.connections }, closed));
else await paced(plan.perSecond);
const report: RingReport = {
  answered,
  refused,
  rate: (measured * 1000) / plan.runMs,
  p50: histogram.percentile(0.5),
  p99: histogram.percentile(0.99),
  max: histogram.max,
};
process.send?.(report, () => process.exit(0));

// A picture of the concurrency controller at work: a partner that can do less and less, refuses, and recovers, under a
// steady load. Written as degrade.svg beside this file.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { REPOSITORY } from '../../harness/repository.ts';
import type { Lab } from '../lab.ts';
import type { Behaviour } from '../sink/control.ts';
import type { WorkerRun } from '../worker-run.ts';
import type { Panel } from './svg.ts';
import { drawPanels } from './svg.ts';

const FILE = join(REPOSITORY, 'test/bench/degrade.svg');
const PER_SECOND = 1_000;
const CONCURRENCY = 64;
const SERVICE_MS = 20;
const SAMPLE_MS = 250;

interface Phase {
  readonly label: string;
  readonly seconds: number;
  readonly behaviour: Behaviour;
}

const able = (servers: number, queue: number): Behaviour => ({ delayMs: SERVICE_MS, capacity: { servers, queue } });
const PHASES: readonly Phase[] = [
  { label: 'healthy', seconds: 10, behaviour: able(64, 1_000) },
  { label: 'a third of the capacity it needs, requests queue there', seconds: 15, behaviour: able(7, 1_000) },
  { label: 'the same, but it answers 503 instead of queueing', seconds: 15, behaviour: able(7, 4) },
  { label: 'recovered', seconds: 20, behaviour: able(64, 1_000) },
];

interface Sample {
  readonly atS: number;
  readonly limit: number;
  readonly inflight: number;
  /** Sums since the start of the worker. */
  readonly attempts: number;
  readonly attemptSeconds: number;
  readonly delivered: number;
}

/** @returns the file */
export async function plotDegradation(lab: Lab): Promise<string> {
  const topic = await lab.topic(0);
  const partner = lab.partner(topic, { concurrency: CONCURRENCY });
  await using worker = await lab.worker(partner);
  await worker.ready();
  const seconds = PHASES.reduce((sum, phase) => sum + phase.seconds, 0);
  const paced = lab.pace(topic, 0, PER_SECOND * seconds, PER_SECOND);
  const samples: Sample[] = [];
  const startedAt = performance.now();
  let until = 0;
  for (const { seconds: length, behaviour } of PHASES) {
    await lab.sink.behave(partner.path, behaviour);
    until += length;
    for (;;) {
      const atS = (performance.now() - startedAt) / 1000;
      if (atS >= until) break;
      samples.push(await sample(worker, atS));
      await delay(SAMPLE_MS);
    }
  }
  await paced;
  const all = await lab.sink.received([partner.path], PER_SECOND * seconds, () => undefined);
  await worker.stop();
  if (all.delivered !== PER_SECOND * seconds || all.outOfOrder > 0)
    throw new Error(`lost or out of order: ${JSON.stringify(all)}`);
  writeFileSync(FILE, drawPanels(panels(samples), PHASES));
  return FILE;
}

async function sample(worker: WorkerRun, atS: number): Promise<Sample> {
  const [limit, inflight, attempts, attemptSeconds, delivered] = await worker.metrics([
    'ess_concurrency_limit{',
    'ess_inflight{',
    'ess_attempt_duration_seconds_count{',
    'ess_attempt_duration_seconds_sum{',
    'outcome="delivered"',
  ]);
  return { atS, limit, inflight, attempts, attemptSeconds, delivered } as Sample;
}

function panels(samples: readonly Sample[]): Panel[] {
  const between = (of: (before: Sample, now: Sample) => number): Array<[number, number]> =>
    samples.slice(1).map((now, index) => [now.atS, of(samples[index] as Sample, now)]);
  const rtt = (before: Sample, now: Sample) =>
    ((now.attemptSeconds - before.attemptSeconds) / Math.max(1, now.attempts - before.attempts)) * 1000;
  const rate = (before: Sample, now: Sample) => (now.delivered - before.delivered) / (now.atS - before.atS);
  return [
    {
      title: `requests in flight (ceiling ${CONCURRENCY})`,
      lines: [
        { name: 'limit', colour: '#b45309', points: samples.map(({ atS, limit }) => [atS, limit]) },
        { name: 'in flight', colour: '#1d4ed8', points: samples.map(({ atS, inflight }) => [atS, inflight]) },
      ],
    },
    { title: 'round trip, ms', lines: [{ name: 'mean', colour: '#1d4ed8', points: between(rtt) }] },
    {
      title: `deliveries per second (published: ${PER_SECOND})`,
      lines: [{ name: 'rate', colour: '#1d4ed8', points: between(rate) }],
    },
  ];
}

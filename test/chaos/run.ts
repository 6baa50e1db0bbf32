// One chaos run: field, plan, storm, calm, and then the checker. Nothing is judged before everything has had its chance to heal.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../harness/deadline.ts';
import { REPOSITORY } from '../harness/repository.ts';
import type { Finding } from './check/checker.ts';
import { check } from './check/checker.ts';
import type { Evidence, Violation } from './check/evidence.ts';
import { shortestHistory } from './check/history.ts';
import { viewTold } from './check/view-told.ts';
import { Field, TOPIC } from './field.ts';
import { gather, readReceipts } from './gather.ts';
import type { ProfileName } from './partners.ts';
import { PROFILES } from './partners.ts';
import { perform } from './perform.ts';
import { drawPlan, WORKERS } from './plan.ts';
import { ChaosProgress } from './progress.ts';
import { ChaosPublisher } from './publisher.ts';
import { ViewWatch } from './view-watch.ts';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly perSecond?: number;
  /** Which partners; default: the usual ones. */
  readonly profile?: ProfileName;
  /** For logs and evidence; default `.ess/chaos-SEED`. */
  readonly folder?: string;
}

export interface ChaosOutcome extends Finding {
  readonly events: number;
  /** Of the last violation to come to rest: from the end of the harm until everything was settled. */
  readonly settledAfterMs: number;
  /** Answers of the lock-step view that were judged. */
  readonly samples: number;
  /** '' when nothing was violated. */
  readonly history: string;
  readonly folder: string;
}

const PER_SECOND = 80;
const SETTLE_MS = 300_000;
const NUDGE_MS = 3_000;
/** More than a nudge brings. */
const LITTLE = 120;
/** Longer than what is left takes to settle, unless it waits for another record. */
const LONE_MS = 10_000;

export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const { seed, minutes, perSecond = PER_SECOND, profile = 'usual' } = options;
  const partners = PROFILES[profile];
  const folder = options.folder ?? join(REPOSITORY, '.ess', `chaos-${seed}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const plan = drawPlan(seed, minutes * 60_000, partners);
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan, undefined, 1));
  const startedAtMs = Date.now();
  await using field = await Field.open(folder, seed, partners);
  const publisher = new ChaosPublisher(field.stack, TOPIC, seed, perSecond);
  for (let slot = 0; slot < WORKERS; slot += 1) field.startWorker(slot);
  await field.stable();
  await using watch = await ViewWatch.open(field);
  const settledAfterMs = await storm();
  await field.quiet();
  const last = await watch.sampleOf(Date.now());
  const evidence = await gather({
    kafka: field.stack.kafka,
    registry: field.stack.registry,
    topic: TOPIC,
    sinceMs: startedAtMs - 60_000,
    workersEnded: field.ended,
    witnesses: partners.map(({ name, scopes }) => ({
      name,
      inScope: (scope: string) => scopes.includes(scope),
      receipts: readReceipts(field.partners.get(name)?.logFile ?? ''),
    })),
  });
  const { ledgers, violations } = check(evidence);
  const all = [...violations, ...viewTold(evidence, watch.samples, last), ...followedRedirects(field)];
  const history = shortestHistory(evidence, all);
  if (all.length > 0) keep(folder, evidence, all);
  const events = plan.tracks.reduce((sum, track) => sum + track.length, 0);
  const samples = watch.samples.length;
  return { ledgers, violations: all, events, settledAfterMs, samples, history, folder };

  async function storm(): Promise<number> {
    using progress = new ChaosProgress(plan.lengthMs, () => `${publisher.published} rules published`);
    await publisher.start();
    await perform(plan, { field, publisher, tell: progress.tell });
    publisher.pause();
    progress.tell('calm: everything heals');
    // A record that takes long keeps the lag up while nudges flow.
    for (const partner of field.partners.values()) partner.hurry();
    const calmAt = performance.now();
    await settle(field, publisher, progress.tell);
    return Math.round(performance.now() - calmAt);
  }
}

/** Until everything is settled, or for five minutes; what is open then is for the checker to tell. */
async function settle(field: Field, publisher: ChaosPublisher, tell: (line: string) => void): Promise<void> {
  await field.stable();
  const nudges = setInterval(() => publisher.nudge(), NUDGE_MS);
  const lags = () => field.lag().then((lag) => [...lag].map(([name, open]) => `${name} ${open}`).join(', '));
  try {
    // While nudges flow, the lag is never quite nothing.
    await eventually(
      'little lag',
      async () => [...(await field.lag()).values()].every((lag) => lag < LITTLE) || undefined,
      {
        timeoutMs: SETTLE_MS,
        stepMs: 200,
      },
    );
    clearInterval(nudges);
    let nudgedAt = performance.now();
    const isDone = async () => {
      if ([...(await field.lag()).values()].every((lag) => lag === 0)) return true;
      // A record that its partner never takes may be the last of its worker: nothing tells that from a partner that is down.
      if (performance.now() - nudgedAt > LONE_MS) {
        publisher.nudge();
        nudgedAt = performance.now();
      }
      return undefined;
    };
    await eventually('no lag', isDone, { timeoutMs: SETTLE_MS / 2, stepMs: 200 });
    await publisher.stop();
  } catch (error) {
    clearInterval(nudges);
    tell(`not settled: ${String(error)}; ${await lags()}`);
    await publisher.stop();
  }
}

function followedRedirects({ trap }: Field): Violation[] {
  if (trap.requests === 0) return [];
  return [{ guarantee: 6, partner: 'all', what: `${trap.requests} redirects to a private address were followed` }];
}

function keep(folder: string, evidence: Evidence, violations: readonly Violation[]): void {
  writeFileSync(join(folder, 'violations.json'), JSON.stringify(violations, undefined, 1));
  writeFileSync(join(folder, 'evidence.json'), JSON.stringify({ ...evidence, ends: [...evidence.ends] }));
}

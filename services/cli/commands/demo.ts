// `ess demo` (npm run demo): the exercise of the founding story from start to end, on a stack of its own. Deliver, lose
// the hospital, publish on, bring it back; then prove that nothing was lost or out of order and that all is on record.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/error.ts';
import { loadSettings } from '@ess/runtime/settings.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import type { DeliveryAttempt, RulePublished } from '@ess/schemas/generated/types.ts';
import type { Command } from 'commander';
import { readAuditRows } from '../audit-rows.ts';
import type { LocalRun } from '../local-run.ts';
import { bedChangeOf, startLocalRun, wildfireRule } from '../local-run.ts';
import { tell } from '../print.ts';
import { Ticks } from '../ticks.ts';

const WAIT_MS = 30_000;
/** The story's promise after an outage. */
const RESUME_WITHIN_MS = 2_000;

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('the outage exercise: stop the hospital, publish on, bring it back, check that nothing was lost')
    .option('--outage <duration>', 'how long the hospital is away', '5s')
    .addHelpText('after', '\nExamples:\n  npm run demo\n  npm run demo -- --outage 60s')
    .action(async (options: { outage: string }) => {
      const outageMs = parseDuration(options.outage);
      const ticks = new Ticks();
      const stop = untilStopped();
      mkdirSync('.ess', { recursive: true });
      const dataDir = mkdtempSync(join('.ess', 'demo-'));
      try {
        ticks.title('A stack of its own');
        await using run = await startLocalRun({
          ticks,
          dataDir,
          kafkaPort: 0,
          registryPort: 0,
          workerPort: 0,
          inbound: { ...loadSettings().inbound, host: '127.0.0.1', adminPort: 0, port: 0 },
          partnerPorts: [0, 0],
          signal: stop.signal,
          print: tell,
          onCrash: (message) => tell(message),
          onFatal: (error) => tell(error.message),
        });
        const exercise = new Exercise(run, ticks);
        await Promise.race([
          exercise.run(outageMs),
          stop.stopped.then(() => Promise.reject(new EssError('ESS_STACK', 'stopped'))),
        ]);
      } finally {
        rmSync(dataDir, { recursive: true, force: true });
      }
      ticks.title(ticks.failures === 0 ? 'Everything held.' : `${ticks.failures} checks did not hold.`);
      if (ticks.failures > 0) process.exitCode = 1;
    });
}

class Exercise {
  readonly #run: LocalRun;
  readonly #ticks: Ticks;
  readonly #sinceMs = Date.now();
  readonly #published: RulePublished[] = [];

  constructor(run: LocalRun, ticks: Ticks) {
    this.#run = run;
    this.#ticks = ticks;
  }

  async run(outageMs: number): Promise<void> {
    const { hospital, countyEms } = this.#run;
    this.#ticks.title('1. Publish: hold 10 ICU beds');
    await this.#publish(wildfireRule(1));
    await Promise.all([this.#receives(hospital), this.#receives(countyEms)]);
    this.#ticks.done('the hospital and county EMS have it, each in its own words');

    this.#ticks.title(`2. The hospital goes away for ${outageMs / 1000} s; the agency publishes on`);
    await hospital.stop();
    for (const version of [2, 3, 4]) await this.#publish(wildfireRule(version, { minIcuBeds: 10 + version }));
    await this.#publish(wildfireRule(1, { ruleId: 'evacuation-route', title: 'Keep route 7 free', minIcuBeds: 2 }));
    await this.#publish(wildfireRule(1, { ruleId: 'smoke-ward', title: 'Open a smoke ward', minIcuBeds: 4 }));
    await this.#receives(countyEms);
    this.#ticks.done('county EMS has all five meanwhile: one dead partner does not slow another');
    await delay(outageMs);

    this.#ticks.title('3. The hospital is back');
    const backAt = Date.now();
    await hospital.restart();
    await this.#receives(hospital);
    const resumedMs = (hospital.received[1]?.receivedAt ?? Number.POSITIVE_INFINITY) - backAt;
    this.#ticks.check(
      resumedMs <= RESUME_WITHIN_MS,
      `deliveries resumed ${resumedMs} ms after its return`,
      `more than ${RESUME_WITHIN_MS} ms`,
    );

    this.#ticks.title('4. A bed is cancelled at the hospital');
    const { id, bedsFree } = await hospital.cancelBed();
    const place = await bedChangeOf(this.#run, id);
    this.#ticks.done(`the agency knows of ${bedsFree} free beds: once on hospital.bedChange, at ${place}`);

    this.#ticks.title('5. Proof');
    this.#checkOrder();
    await this.#checkRecords();
  }

  async #publish(rule: RulePublished): Promise<void> {
    const [place] = await this.#run.publisher.publish([rule]);
    this.#published.push(rule);
    this.#ticks.done(
      `published ${rule.ruleId} v${rule.version} at ${place?.topic} ${place?.partition}:${place?.offset}`,
    );
  }

  /** Waits until the partner has everything that was published. */
  async #receives(partner: LocalRun['countyEms']): Promise<void> {
    await partner.waitFor(
      (received) =>
        this.#published.every(({ eventId }) => received.some(({ headers }) => headers['ess-event-id'] === eventId)),
      WAIT_MS,
    );
  }

  #checkOrder(): void {
    const { hospital } = this.#run;
    const beds = hospital.received.map(({ body }) => (body as { bedCap: number }).bedCap);
    const wildfire = beds.filter((count) => count >= 10);
    this.#ticks.check(
      String(wildfire) === '10,12,13,14',
      'the versions of the rule came in order',
      `bedCap came as ${wildfire}`,
    );
    const ids = new Set(hospital.received.map(({ headers }) => headers['webhook-id']));
    this.#ticks.check(
      ids.size === this.#published.length,
      'nothing is lost',
      `${ids.size} of ${this.#published.length} rules arrived`,
    );
  }

  async #checkRecords(): Promise<void> {
    const { kafka, stack } = this.#run;
    const missing = (rows: readonly DeliveryAttempt[]) =>
      ['hospital', 'county-ems'].flatMap((partner) =>
        this.#published
          .filter(
            ({ eventId }) =>
              !rows.some((row) => row.partner === partner && row.eventId === eventId && row.outcome === 'delivered'),
          )
          .map(({ ruleId, version }) => `${partner} ${ruleId} v${version}`),
      );
    let rows: DeliveryAttempt[] = [];
    const until = performance.now() + WAIT_MS;
    do rows = await readAuditRows(kafka, stack.registry, this.#sinceMs);
    while (missing(rows).length > 0 && performance.now() < until);
    this.#ticks.check(
      missing(rows).length === 0,
      `${rows.length} audit rows: each delivery is on record`,
      missing(rows).join(', '),
    );
    const held = rows.filter(({ outcome }) => outcome === 'retried' || outcome === 'held').length;
    this.#ticks.check(held > 0, `so are the ${held} attempts while the hospital was away`);
    const parked = rows.filter(({ outcome }) => outcome === 'deadLettered').length;
    this.#ticks.check(parked === 0, 'nothing was dead-lettered by the outage', `${parked} records were`);
  }
}

function parseDuration(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (!parts) throw new EssError('ESS_USAGE', `--outage "${text}" is no duration; write it like 5s, 60s or 2m`);
  return Number(parts[1]) * ({ ms: 1, s: 1_000, m: 60_000 }[parts[2] as 'ms' | 's' | 'm'] ?? 1);
}

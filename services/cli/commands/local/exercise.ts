// The exercise of the founding story (docs/story.md) on a local run: deliver, lose two partners, publish on, bring them
// back; then prove that nothing was lost or out of order and that all is on record.
import type { SurveyOrder } from '@ess/infra/demo/species-index.ts';
import type { DeliveryAttempt, RulePublished } from '@ess/schemas/generated/types.ts';
import type { Ticks } from '../../terminal/ticks.ts';
import { readAuditRows } from '../audit/audit-rows.ts';
import { bedChangeOf } from './bed-change.ts';
import { DriftWatch } from './drift-watch.ts';
import type { LocalRun } from './local-run.ts';
import { wildfireRule } from './wildfire-rule.ts';

const WAIT_MS = 30_000;
/** The story's promise after an outage. */
const RESUME_WITHIN_MS = 2_000;

export class Exercise {
  readonly #run: LocalRun;
  readonly #ticks: Ticks;
  readonly #waitMs: number;
  readonly #resumeWithinMs: number;
  readonly #sinceMs = Date.now();
  readonly #published: RulePublished[] = [];

  /** @param patience where it does not count how fast this machine is */
  constructor(run: LocalRun, ticks: Ticks, { waitMs = WAIT_MS, resumeWithinMs = RESUME_WITHIN_MS } = {}) {
    this.#run = run;
    this.#ticks = ticks;
    this.#waitMs = waitMs;
    this.#resumeWithinMs = resumeWithinMs;
  }

  async run(outageMs: number): Promise<void> {
    const { hospital, countyEms, clinic, countyLegacy, species } = this.#run;
    await using drift = await DriftWatch.open(this.#run, this.#ticks);
    this.#ticks.title('1. Publish: hold 10 ICU beds, pause the surveys');
    const first = await this.#publish(wildfireRule(1));
    await Promise.all([hospital, countyEms, clinic, countyLegacy].map((partner) => this.#receives(partner)));
    await this.#streams();
    this.#ticks.done('the hospital, county EMS, the clinic and the county gateway have it, each in its own words');
    this.#ticks.check(
      species.paused.get(first.region ?? '') === true,
      `the species index heard it on its stream: surveys rest in ${first.region}`,
    );

    this.#ticks.title(`2. Hospital and species index go away for ${outageMs / 1000} s; the agency publishes on`);
    species.goOffline();
    await hospital.stop();
    const missedSinceMs = Date.now();
    for (const version of [2, 3, 4]) await this.#publish(wildfireRule(version, { minIcuBeds: 10 + version }));
    await this.#publish(wildfireRule(1, { ruleId: 'evacuation-route', title: 'Keep route 7 free', minIcuBeds: 2 }));
    await this.#publish(wildfireRule(1, { ruleId: 'smoke-ward', title: 'Open a smoke ward', minIcuBeds: 4 }));
    await this.#receives(countyEms);
    this.#ticks.done('county EMS has all five meanwhile: one dead partner does not slow another');
    const hasDrifted = await drift.during(outageMs, outageMs + this.#waitMs);
    this.#ticks.check(hasDrifted, 'ess lockstep tells of it: what was published is not what the two partners hold');

    this.#ticks.title('3. They are back');
    const backAt = Date.now();
    await hospital.restart();
    await this.#receives(hospital);
    const resumedMs = (hospital.received[1]?.receivedAt ?? Number.POSITIVE_INFINITY) - backAt;
    this.#ticks.check(
      resumedMs <= this.#resumeWithinMs,
      `deliveries to the hospital resumed ${resumedMs} ms after its return`,
      `more than ${this.#resumeWithinMs} ms`,
    );
    this.#checkReplay(await species.comeBack(missedSinceMs));
    await this.#publish(wildfireRule(5, { minIcuBeds: 15, pauseSurveys: false }));
    await Promise.all([this.#receives(hospital), this.#receives(countyEms), this.#receives(clinic), this.#streams()]);
    this.#ticks.check(
      species.paused.get(first.region ?? '') === false,
      'and streams again: the fire is out, surveys go on',
    );
    const isInStep = await drift.untilInStep(this.#waitMs);
    this.#ticks.check(isInStep, `in step again: of ${drift.peak} rules that a partner did not hold none is left`);

    this.#ticks.title('4. A bed is cancelled at the hospital');
    const { id, bedsFree } = await hospital.cancelBed();
    const place = await bedChangeOf(this.#run, id);
    this.#ticks.done(`the agency knows of ${bedsFree} free beds: once on hospital.bedChange, at ${place}`);

    this.#ticks.title('5. Proof');
    this.#checkOrder();
    await this.#checkRecords();
  }

  async #publish(rule: RulePublished): Promise<RulePublished> {
    const [place] = await this.#run.publisher.publish([rule]);
    this.#published.push(rule);
    this.#ticks.done(
      `published ${rule.ruleId} v${rule.version} at ${place?.topic} ${place?.partition}:${place?.offset}`,
    );
    return rule;
  }

  /** Waits until the partner has everything that was published. */
  async #receives(partner: LocalRun['countyEms']): Promise<void> {
    await partner.waitFor(
      (received) =>
        this.#published.every(({ eventId }) => received.some(({ headers }) => headers['ess-event-id'] === eventId)),
      this.#waitMs,
    );
  }

  /** The same for the partner that streams. */
  async #streams(): Promise<void> {
    await this.#run.species.waitFor((received) => this.#missing(received).length === 0, this.#waitMs);
  }

  #missing(orders: readonly SurveyOrder[], published: readonly RulePublished[] = this.#published): string[] {
    const seen = new Set(orders.map(({ order, revision }) => `${order} v${revision}`));
    return published.map(({ ruleId, version }) => `${ruleId} v${version}`).filter((rule) => !seen.has(rule));
  }

  #checkReplay(orders: readonly SurveyOrder[]): void {
    const missed = this.#published.slice(1);
    const absent = this.#missing(orders, missed);
    this.#ticks.check(
      absent.length === 0 && orders.length === missed.length,
      `/replay had exactly the ${missed.length} rules that the species index missed`,
      absent.length > 0 ? `it lacks ${absent.join(', ')}` : `it had ${orders.length}`,
    );
  }

  #checkOrder(): void {
    const { hospital, species } = this.#run;
    const beds = hospital.received.map(({ body }) => (body as { bedCap: number }).bedCap);
    const wildfire = beds.filter((count) => count >= 10);
    this.#ticks.check(
      String(wildfire) === '10,12,13,14,15',
      'the versions of the rule came to the hospital in order',
      `bedCap came as ${wildfire}`,
    );
    const revisions = species.received.filter(({ order }) => order === this.#published[0]?.ruleId);
    const came = revisions.map(({ revision }) => revision);
    this.#ticks.check(String(came) === '1,2,3,4,5', 'and to the species index, each once', `they came as ${came}`);
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
      ['hospital', 'county-ems', 'clinic-fhir', 'county-legacy'].flatMap((partner) =>
        this.#published
          .filter(
            ({ eventId }) =>
              !rows.some((row) => row.partner === partner && row.eventId === eventId && row.outcome === 'delivered'),
          )
          .map(({ ruleId, version }) => `${partner} ${ruleId} v${version}`),
      );
    let rows: DeliveryAttempt[] = [];
    const until = performance.now() + this.#waitMs;
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

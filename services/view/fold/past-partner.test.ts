// A past minute of a recorded history, next to an oracle that has seen the history itself: what was published, what the partner had
// acked, what it was told, and which mapping was in force, also where no row says so.
import { emptyAttempt, toldReason } from '@ess/domain/delivery/audit-row.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import { sized } from '@ess/test/harness/results.ts';
import { describe, expect, test } from '@jest/globals';
import { HeardVersions } from './heard-versions.ts';
import type { JudgedCell } from './partner-cells.ts';
import { PastPartner } from './past-partner.ts';
import { SourceRules } from './source-rules.ts';

const MINUTE = 60_000;
const BEGUN = 1_795_000_020_000;
const HOURS = 12;
const ENDED = BEGUN + HOURS * 60 * MINUTE;
const RULES = ['a', 'b', 'c', 'd', 'e', 'f'];
const RULE_TOPIC = { topic: 'rules', key: 'ruleId', version: 'version' };

interface Version {
  readonly atMs: number;
  readonly rule: string;
  readonly version: number;
  readonly offset: number;
  readonly kind: 'inForce' | 'elsewhere' | 'withdrawn';
}
interface Ack {
  readonly atMs: number;
  readonly rule: string;
  readonly version: number;
  /** Undefined: a person has told the partner. Null: of a worker that did not write it. */
  readonly digest: string | null | undefined;
}
interface Mapping {
  readonly atMs: number;
  readonly digest: string;
}

/** What happened, and the rows that are left of it. */
class History {
  readonly versions: Version[] = [];
  readonly acks: Ack[] = [];
  readonly letters: Array<Pick<Version, 'atMs' | 'rule' | 'version'>> = [];
  readonly mappings: Mapping[] = [];
  readonly rows: DeliveryAttempt[] = [];
  readonly onLeave: 'alert' | 'send';
  readonly #chance: () => number;
  #state: number;

  constructor(seed: number, onLeave: 'alert' | 'send') {
    this.onLeave = onLeave;
    this.#state = seed;
    this.#chance = () => {
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
      return this.#state / 2 ** 32;
    };
    this.#happen();
  }

  /** Whole, from 0 to below `below`. */
  draw(below: number): number {
    return Math.floor(this.#chance() * below);
  }

  #happen(): void {
    let digest = 'mapping-0';
    let isDown = false;
    const isWritten = (atMs: number) => atMs > BEGUN + 60 * MINUTE;
    this.mappings.push({ atMs: BEGUN, digest });
    const waiting: Version[] = [];
    const deliver = (one: Version, atMs: number, replayId: string | null) => {
      const { rule, version, offset, kind } = one;
      const durationMs = 5 + this.draw(2_000);
      const blank = emptyAttempt(
        { partner: 'p', topic: 'rules', partition: 0, offset, worker: 'w' },
        atMs + durationMs,
      );
      const written = isWritten(atMs) ? digest : null;
      const row = { ...blank, ruleId: rule, version, deliveryId: `${offset}`, replayId, connectorDigest: written };
      const hadIt = this.acks.some((ack) => ack.rule === rule);
      if (kind !== 'inForce' && (this.onLeave === 'alert' || !hadIt)) return void this.rows.push(row);
      if (this.draw(12) === 0) {
        this.letters.push({ atMs: atMs + durationMs, rule, version });
        return void this.rows.push({ ...row, attempt: 1, durationMs, outcome: 'deadLettered', reason: 'status-422' });
      }
      this.acks.push({ atMs: atMs + durationMs, rule, version, digest: written });
      this.rows.push({ ...row, attempt: 1, durationMs, outcome: 'delivered', status: 200 });
    };
    for (let atMs = BEGUN; atMs < ENDED; atMs += 10_000 + this.draw(MINUTE)) {
      const draw = this.draw(100);
      if (draw < 35) waiting.push(this.#publish(atMs));
      else if (draw < 40) {
        digest = `mapping-${this.mappings.length}`;
        this.mappings.push({ atMs, digest });
      } else if (draw < 45) isDown = !isDown;
      else if (draw < 48)
        for (const [at, one] of this.versions.entries()) if (!isDown) deliver(one, atMs + at, 'replay');
      if (draw >= 48 && draw < 55) this.#tell(atMs);
      if (!isDown) for (const [at, one] of waiting.splice(0).entries()) deliver(one, atMs + 3_000 + at, null);
    }
  }

  #publish(atMs: number): Version {
    const rule = RULES[this.draw(RULES.length)] as string;
    const draw = this.draw(10);
    const kind = draw < 2 ? 'withdrawn' : draw < 3 ? 'elsewhere' : 'inForce';
    const version = 1 + this.versions.filter((one) => one.rule === rule).length;
    const one: Version = { atMs, rule, version, offset: this.versions.length, kind };
    this.versions.push(one);
    return one;
  }

  #tell(atMs: number): void {
    const rule = RULES[this.draw(RULES.length)];
    const newest = this.versions.findLast((one) => one.rule === rule);
    if (!newest || newest.kind === 'inForce') return;
    this.acks.push({ atMs, rule: newest.rule, version: newest.version, digest: undefined });
    const place = { partner: 'p', topic: 'rules', partition: 0, offset: newest.offset, worker: 'ann@desk' };
    const said = { ruleId: newest.rule, version: newest.version, reason: toldReason('ann@desk', 'by phone') };
    this.rows.push({ ...emptyAttempt(place, atMs), ...said });
  }
}

/** What `--at` answers: of all rows and records that are kept. */
function told({ versions, rows, mappings, onLeave }: History, atMs: number): JudgedCell[] {
  const source = new SourceRules(RULE_TOPIC);
  const mapping = { map: () => ({ ok: true, document: {} }) as const };
  const partner = new PastPartner(
    {
      partner: 'p',
      inScope: (rule) => (rule as { scope: string }).scope === 'here',
      onLeave: onLeave === 'alert' ? 'alert' : mapping,
      connectorDigest: mappings.at(-1)?.digest ?? '',
    },
    source,
    atMs,
  );
  for (const row of rows) partner.attempted(row);
  for (const { atMs: timestampMs, rule: ruleId, version, offset, kind } of versions) {
    if (timestampMs > atMs) continue;
    const [scope, status] = [kind === 'elsewhere' ? 'there' : 'here', kind === 'withdrawn' ? 'withdrawn' : 'active'];
    const record = { key: Buffer.from(ruleId), partition: 0, offset, timestampMs };
    source.take('rules', null, record, { ruleId, version, scope, status, publishedAt: timestampMs });
  }
  return [...partner.judged(ENDED)];
}

/** What was so, told by what happened. @param inForce the mapping by which it is judged */
function truth(history: History, rule: string, atMs: number, inForce: string): Partial<JudgedCell> | undefined {
  const by = <T extends { readonly rule: string; readonly atMs: number }>(all: readonly T[]) =>
    all.filter((one) => one.rule === rule && one.atMs <= atMs);
  const newest = by(history.versions).at(-1);
  if (!newest) return undefined;
  const { version: expected, kind } = newest;
  const acks = by(history.acks);
  const held = Math.max(0, ...acks.map(({ version }) => version));
  const said = { expected, acked: held || null };
  const last = acks.findLast(({ version }) => version === held);
  // Who was told by a person need not be told again.
  const byPerson = acks.some(({ version, digest }) => version === held && digest === undefined);
  let sinceMs: number | undefined;
  for (const one of by(history.versions))
    if (one.version > held)
      sinceMs = one.kind === 'inForce' || (held > 0 && !byPerson) ? (sinceMs ?? one.atMs) : undefined;
  const isNew = atMs - newest.atMs < 2_000 && atMs - (sinceMs ?? newest.atMs) <= MINUTE;
  const isParked = by(history.letters).at(-1)?.version === expected;
  const waits = isParked ? 'deadLettered' : isNew ? 'inFlight' : 'behind';
  if (kind === 'inForce') {
    if (held < expected) return { ...said, state: waits };
    const isMadeOtherwise = typeof last?.digest === 'string' && last.digest !== inForce;
    return { ...said, state: isMadeOtherwise ? 'mappingChanged' : 'inStep' };
  }
  const over = kind === 'withdrawn' ? 'withdrawn' : 'outOfScope';
  const isTold = held === 0 || held === expected || byPerson;
  if (isTold) return { ...said, state: over };
  return { ...said, state: history.onLeave === 'alert' ? 'notTold' : waits };
}

const mappingAt = ({ mappings }: History, atMs: number): string =>
  mappings.findLast((one) => one.atMs <= atMs)?.digest ?? '';

/** The cell says that the mapping changed between two times, and by which of the two it judges. */
const DOUBT = /its connector changed between (\S+) and (\S+):/;

/** Random minutes of each history. */
const ASKED = sized(60, 200);

describe.each(['alert', 'send'] as const)('onLeave: %s', (onLeave) => {
  test.each([1, 2])(
    '`--at` is right for random minutes of a recorded history with replays, withdrawals and mapping changes (%d)',
    (seed) => {
      const history = new History(seed * 7_919, onLeave);
      const seen = new Map<string, number>();
      const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
      for (let minute = 0; minute < ASKED; minute += 1) {
        const atMs = BEGUN + history.draw(HOURS * 60) * MINUTE;
        const cells = new Map(told(history, atMs).map((cell) => [cell.ruleId, cell]));
        for (const rule of RULES) {
          const cell = cells.get(rule);
          const [, from, to] = DOUBT.exec(cell?.why ?? '') ?? [];
          // Where it says that it does not know, the mapping has changed just there.
          if (from !== undefined && to !== undefined) {
            count('doubt');
            const changes = history.mappings.filter(
              (one) => one.atMs >= Date.parse(from) && one.atMs <= Date.parse(to),
            );
            expect(changes.length).toBeGreaterThan(0);
          }
          const judgedBy = mappingAt(history, from === undefined ? atMs : Date.parse(from));
          const isSilent = /on record nowhere/.test(cell?.why ?? '');
          const right = truth(history, rule, atMs, judgedBy);
          if (isSilent) count('silent');
          expect({ atMs, ...cell }).toMatchObject({ atMs, ...right });
          if (right?.state) count(right.state);
        }
      }
      // The history has everything that is promised to be told.
      for (const what of ['inStep', 'mappingChanged', 'withdrawn', 'outOfScope', 'deadLettered', 'doubt', 'silent'])
        expect([what, seen.get(what) ?? 0]).not.toEqual([what, 0]);
      expect(seen.get(onLeave === 'alert' ? 'notTold' : 'behind') ?? 0).toBeGreaterThan(0);
    },
  );
});

test('a rule whose record has expired is told by rows of the audit: of later, and of other partners', () => {
  const atMs = ENDED;
  const source = new SourceRules(RULE_TOPIC);
  const heard = new HeardVersions(source, atMs);
  const partnerOf = (partner: string) =>
    new PastPartner({ partner, inScope: () => true, onLeave: 'alert', connectorDigest: 'd' }, source, atMs, heard);
  const [late, early] = [partnerOf('late'), partnerOf('early')];
  const row = (
    partner: string,
    ruleId: string,
    version: number,
    minutes: number,
    more: Partial<DeliveryAttempt> = {},
  ) => ({
    ...emptyAttempt({ partner, topic: 'rules', partition: 0, offset: version, worker: 'w' }, atMs + minutes * MINUTE),
    ...{ ruleId, version, publishedAt: atMs - 10 * MINUTE, deliveryId: 'd', connectorDigest: 'd' },
    ...{ outcome: 'delivered' as const, ...more },
  });
  for (const rule of ['waits', 'strange', 'held', 'left', 'over', 'parked']) early.attempted(row('early', rule, 2, -9));
  early.attempted(row('early', 'later', 1, 5, { publishedAt: atMs + MINUTE }));
  late.attempted(row('late', 'left', 1, -20));
  late.attempted(row('late', 'held', 2, -8));
  late.attempted(row('late', 'waits', 2, 30));
  late.attempted(row('late', 'waits', 3, 30, { publishedAt: atMs + MINUTE }));
  late.attempted(row('late', 'parked', 2, -8, { outcome: 'deadLettered', reason: 'status-422' }));
  late.attempted(row('late', 'left', 2, 30, { outcome: 'skipped', reason: 'left the scope; onLeave: alert' }));
  late.attempted(row('late', 'left', 2, 60));
  late.attempted(row('late', 'moved', 2, 30, { topic: 'sensors' }));
  late.attempted(row('late', 'over', 2, 30, { outcome: 'skipped', reason: 'withdrawn; onLeave: alert' }));
  const cells = new Map([...late.judged(ENDED + HOURS)].map((cell) => [cell.ruleId, cell]));
  const why = expect.stringMatching;
  expect(cells.get('waits')).toMatchObject({
    state: 'behind',
    expected: 2,
    acked: null,
    why: why(/not acked by then/),
  });
  expect(cells.get('parked')).toMatchObject({ state: 'deadLettered', expected: 2 });
  expect(cells.get('left')).toMatchObject({ state: 'notTold', expected: 2, acked: 1 });
  expect(cells.get('over')).toMatchObject({ state: 'withdrawn', expected: 2, acked: null });
  expect(cells.get('strange')).toMatchObject({ state: 'unknown', expected: 2, why: why(/is on record nowhere/) });
  expect(cells.get('held')).toMatchObject({ state: 'unknown', expected: null, acked: 2, why: why(/kept no more/) });
  for (const rule of ['later', 'moved']) expect(cells.get(rule)).toBeUndefined();
});

test('an ack whose row of the audit has expired is told by the row of ess.delivery-state, and is not known where that is of later', () => {
  const [atMs, DAY] = [ENDED, 24 * 60 * MINUTE];
  const source = new SourceRules(RULE_TOPIC);
  const partner = new PastPartner(
    { partner: 'p', inScope: (rule) => 'here' in rule, onLeave: 'alert', connectorDigest: 'd' },
    source,
    atMs,
  );
  const publish = (ruleId: string, days: number, more = {}) => {
    const [timestampMs, offset] = [atMs - days * DAY, source.size];
    const record = { key: Buffer.from(ruleId), partition: 0, offset, timestampMs };
    source.take('rules', null, record, { ruleId, version: 1, publishedAt: timestampMs, ...more });
  };
  for (const rule of ['held', 'waits', 'replayed', 'silent']) publish(rule, 100, { here: true });
  publish('left', 100);
  publish('new', 80, { here: true });
  const state = (ruleId: string, days: number, version = 1): DeliveryState => ({
    ...{ partner: 'p', ruleId, version, topic: 'rules', partition: 0, offset: 0, topicId: null },
    ...{ eventId: null, deliveryId: 'd', digest: 'd', connectorDigest: null, status: 'acked' },
    ackedAt: atMs - days * DAY,
  });
  partner.auditBegins(atMs - 90 * DAY);
  for (const row of [state('held', 99), state('waits', 99, 0), state('replayed', -1), state('left', -1)])
    partner.acked(row);
  const cells = new Map([...partner.judged(atMs + 2 * DAY)].map((cell) => [cell.ruleId, cell]));
  const notKnown = { state: 'unknown', expected: 1, acked: null, why: expect.stringMatching(/the audit begins later/) };
  expect(cells.get('held')).toMatchObject({ state: 'inStep', acked: 1, sinceMs: atMs - 99 * DAY });
  expect(cells.get('waits')).toMatchObject({ state: 'behind', acked: 0 });
  expect(cells.get('new')).toMatchObject({ state: 'behind', acked: null });
  for (const rule of ['replayed', 'silent', 'left']) expect(cells.get(rule)).toMatchObject(notKnown);
});

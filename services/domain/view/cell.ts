// A cell of the view: one rule at one partner. From what is known of both, whether they are in step, since when, and why not.
// Total and pure: for every set of facts exactly one state holds, the first in the order of `CELL_STATES`.
//   expected (what the source has) + acked (what the partner has) + letter + how the partner is -> judgeCell -> Cell
import type { PlacedVersion } from '../delivery/acked-version.ts';
import { seemsToCover } from '../delivery/acked-version.ts';
import { timeText } from '../text/moment.ts';

/** In the order in which they are tried. */
export const CELL_STATES = [
  'unknown',
  'outOfScope',
  'withdrawn',
  'notTold',
  'inStep',
  'mappingChanged',
  'deadLettered',
  'inFlight',
  'held',
  'paused',
  'unowned',
  'newConnector',
  'behind',
] as const;
export type CellState = (typeof CELL_STATES)[number];

/** What is out of step for longer is on its way no more, however often it is published or tried. */
const ON_ITS_WAY_MAX_MS = 60_000;
const NO_DRIFT: ReadonlySet<CellState> = new Set(['outOfScope', 'withdrawn', 'inStep', 'inFlight']);

/** Whether the partner may act upon something else than what is in force, or nobody can say. */
export const isDrift = (state: CellState): boolean => !NO_DRIFT.has(state);

/** The newest version of the rule that its source has. Times are ms since 1970. */
export interface Expected extends PlacedVersion {
  readonly publishedAtMs: number;
  /** It says that the rule is in force no more. */
  readonly isWithdrawn: boolean;
  /** The partner's connector wants it, as it is now. */
  readonly isInScope: boolean;
}

/** What the partner has acknowledged last. */
export interface Acked extends PlacedVersion {
  readonly ackedAtMs: number;
  /** What it was told, by us or by a person, was that the rule is over. */
  readonly isOver: boolean;
  /** Of the connector that made what was sent; null: not on record, as in rows of earlier versions. */
  readonly connectorDigest: string | null;
}

/** A dead letter of the expected record that nothing has come of yet. */
export interface OpenLetter {
  readonly parkedAtMs: number;
  readonly reason: string;
}

/** What the cells of one partner share. */
export interface PartnerFacts {
  /** What would have to be known and is too old. */
  readonly unknown?: { readonly sinceMs: number; readonly what: string };
  readonly onLeave: 'alert' | 'send';
  /** Its versions are offsets. */
  readonly versionsAreOffsets: boolean;
  /** Of its connector today; null: not known. */
  readonly connectorDigest: string | null;
  /** So long a delivery may take before it counts as drift, ms. */
  readonly patienceMs: number;
  readonly held?: { readonly sinceMs: number; readonly reason: string };
  readonly paused?: { readonly sinceMs: number; readonly by: string };
  /** No worker runs. */
  readonly isUnowned: boolean;
  /** Its clients fetch: when one last said how far it is, ms since 1970; undefined: never. Absent: rules are delivered to it. */
  readonly stream?: { readonly heardAtMs: number | undefined };
}

export interface CellFacts {
  readonly nowMs: number;
  readonly partner: PartnerFacts;
  /** Undefined: the source keeps no record of the rule any more, and nothing says that it was withdrawn. */
  readonly expected: Expected | undefined;
  readonly acked: Acked | undefined;
  /** Some clients of a partner that streams have more than what all have, which is `acked`. */
  readonly isWithSome?: boolean;
  readonly letter: OpenLetter | undefined;
  /** Its dead letter was dropped. */
  readonly isDropped?: boolean;
  /** Since when there has been a version that the partner does not have. */
  readonly outOfStepSinceMs: number | undefined;
  /** When the partner was last tried with the expected version. */
  readonly attemptedAtMs?: number | undefined;
  /** The workers have passed the expected record. */
  readonly isPassed: boolean;
}

export interface Cell {
  readonly state: CellState;
  readonly sinceMs: number;
  /** In words, for a person. */
  readonly why: string;
}

export function judgeCell(facts: CellFacts): Cell {
  const { partner, expected, acked } = facts;
  const { unknown } = partner;
  if (unknown) return { state: 'unknown', sinceMs: unknown.sinceMs, why: `not known: ${unknown.what}` };
  if (expected === undefined)
    return {
      state: 'inStep',
      sinceMs: acked?.ackedAtMs ?? facts.nowMs,
      why: 'its record has expired; nothing newer is kept',
    };
  const has = acked !== undefined && seemsToCover(acked, expected, partner.versionsAreOffsets);
  if (expected.isWithdrawn || !expected.isInScope) return overCell(facts, expected, has) ?? awaited(facts, expected);
  if (!has) return awaited(facts, expected);
  return acked.isOver || isMadeOtherwise(acked, partner) ? changedCell(facts, acked) : inStep(acked);
}

const inStep = ({ ackedAtMs }: Acked): Cell => ({ state: 'inStep', sinceMs: ackedAtMs, why: 'acked' });

const isMadeOtherwise = ({ connectorDigest: then }: Acked, { connectorDigest: now }: PartnerFacts): boolean =>
  then !== null && now !== null && then !== now;

/** It has the version, made by another connector than that of today. */
function changedCell({ outOfStepSinceMs }: CellFacts, { ackedAtMs, isOver }: Acked): Cell {
  const what = isOver ? 'told that it is over, by another connector' : 'acked as another connector made it';
  const why = `${what}: replay it to send it as today's does`;
  return { state: 'mappingChanged', sinceMs: outOfStepSinceMs ?? ackedAtMs, why };
}

/** The partner is to act upon the rule no more. @returns undefined when a word of it is on its way */
function overCell(
  { partner, acked, isWithSome = false }: CellFacts,
  expected: Expected,
  has: boolean,
): Cell | undefined {
  const { isWithdrawn, isInScope, publishedAtMs } = expected;
  const { stream, onLeave } = partner;
  const state = isWithdrawn ? 'withdrawn' : 'outOfScope';
  const what = isWithdrawn ? 'withdrawn' : 'out of scope';
  const never = stream ? 'none of its clients is known to have it' : 'the partner never had it';
  if (!acked && !isWithSome) return { state, sinceMs: publishedAtMs, why: `${what}; ${never}` };
  if (acked?.isOver) return { state, sinceMs: acked.ackedAtMs, why: `${what}; the partner was told` };
  // A stream says nothing of what is not in its scope. What a partner has is not older than what says that the rule left: then the
  // connector has changed, and no record will tell.
  const isTold = onLeave !== 'alert' && !has && (stream === undefined || isInScope);
  if (isTold) return undefined;
  const untold = stream
    ? `${what}, of which its stream says nothing: tell it and say so with ess rule --told`
    : `${what}, and the partner was not told: tell it and say so with ess rule --told, or set onLeave: send and replay the rule`;
  return { state: 'notTold', sinceMs: publishedAtMs, why: untold };
}

/** There is a version that the partner does not have: since when, and what it waits for. */
function awaited(facts: CellFacts, expected: Expected): Cell {
  const { nowMs, partner, letter, acked } = facts;
  const sinceMs = facts.outOfStepSinceMs ?? expected.publishedAtMs;
  const drift = (state: CellState, why: string): Cell => ({ state, sinceMs, why });
  const { held, paused, patienceMs } = partner;
  const touchedAtMs = Math.max(expected.publishedAtMs, (held ? undefined : facts.attemptedAtMs) ?? 0);
  if (letter) return { ...deadLettered(letter), sinceMs };
  if (nowMs - touchedAtMs < patienceMs && nowMs - sinceMs <= ON_ITS_WAY_MAX_MS) return drift('inFlight', 'on its way');
  if (held) return drift('held', `held since ${timeText(held.sinceMs)}: ${held.reason}`);
  if (paused) return drift('paused', `paused since ${timeText(paused.sinceMs)} by ${paused.by}`);
  const who = facts.isWithSome ? 'not all of its clients have it; ' : '';
  if (partner.stream) return drift('behind', who + lastHeard(partner.stream));
  if (partner.isUnowned) return drift('unowned', 'no worker runs');
  if (!facts.isPassed) return drift('behind', 'waits for its turn');
  if (facts.isDropped) return drift('behind', 'its dead letter was dropped: ess replay sends it again');
  if (!acked)
    return drift(
      'newConnector',
      'published before the connector asked for it: ess replay --current sends what is in force',
    );
  return drift('behind', 'passed without an ack: ess audit says why, ess replay sends it again');
}

export const deadLettered = ({ parkedAtMs, reason }: OpenLetter): Cell => ({
  state: 'deadLettered',
  sinceMs: parkedAtMs,
  why: `dead letter since ${timeText(parkedAtMs)}: ${reason}`,
});

const lastHeard = ({ heardAtMs }: NonNullable<PartnerFacts['stream']>): string =>
  heardAtMs === undefined
    ? 'none of its clients has ever said how far it is'
    : `its clients last said at ${timeText(heardAtMs)} how far they are`;

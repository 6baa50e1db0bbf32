// What the view answers: of each partner how many rules are in step and how many drift, and the cells that were asked for.

import { timeText } from '@ess/domain/text/moment.ts';
import type { CellState } from '@ess/domain/view/cell.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import type { JudgedCell } from './fold/partner-cells.ts';
import type { LabelFilter } from './fold/rule-labels.ts';

export interface PartnerTotals {
  readonly partner: string;
  readonly inStep: number;
  readonly drifting: number;
  readonly byState: Readonly<Record<CellState, number>>;
  /** Null: nothing drifts. */
  readonly oldestDriftSeconds: number | null;
  /** Of what is still to be delivered, since the oldest of it was published; null: nothing is. */
  readonly oldestWaitingSeconds: number | null;
  /** Since when nothing drifts, as far back as that is known; null: something does. */
  readonly inStepSince: string | null;
}

export interface ShownCell {
  readonly partner: string;
  readonly ruleId: string;
  readonly expected: number | string | null;
  readonly acked: number | string | null;
  readonly state: CellState;
  readonly since: string;
  readonly why: string;
}

export interface LockstepAnswer {
  readonly at: string;
  /** By topic, how old what was read of it is, in seconds. */
  readonly readTo: Readonly<Record<string, number>>;
  readonly partners: readonly PartnerTotals[];
  /** Oldest drift first. */
  readonly cells: readonly ShownCell[];
  /** Of a past minute: what nobody can say, in words. */
  readonly notKnown?: readonly string[];
}

/** Some cells of many. */
export interface ViewPiece {
  /** When this was found, ISO 8601. */
  readonly at: string;
  /** How many there are. */
  readonly total: number;
  /** The place of the first of `cells` among them. */
  readonly from: number;
  readonly cells: readonly ShownCell[];
}

/** What is asked of the view. */
export interface Question {
  /** This rule alone, in whatever state. */
  readonly rule?: string;
  /** Also what is in step. */
  readonly all?: boolean;
  /** Only partners with a rule that drifts, and their cells. */
  readonly drifted?: boolean;
  /** Rules whose newest version says so of itself. */
  readonly about?: LabelFilter;
  /** These alone; absent: all that the view has. */
  readonly partners?: ReadonlySet<string>;
}

export const isAskedFor = ({ ruleId, state }: JudgedCell, { rule, all = false }: Question): boolean =>
  rule === undefined ? all || isDrift(state) : ruleId === rule;

/** Of what was found that of the partners that were asked for. */
export function shownOf(answer: LockstepAnswer, { drifted = false }: Question): LockstepAnswer {
  if (!drifted) return answer;
  const partners = answer.partners.filter(({ drifting }) => drifting > 0);
  const names = new Set(partners.map(({ partner }) => partner));
  return { ...answer, partners, cells: answer.cells.filter(({ partner }) => names.has(partner)) };
}

export const oldestFirst = (cells: readonly JudgedCell[]): JudgedCell[] =>
  cells.toSorted((a, b) => a.sinceMs - b.sinceMs);

/** @returns by topic, how old what was read of it is, s: where it is read for several sources, of the one that has read least */
export function agesOf(
  read: ReadonlyArray<{ readonly topic: string; readonly readToMs: number }>,
  nowMs: number,
): LockstepAnswer['readTo'] {
  const youngestFirst = read.toSorted((a, b) => b.readToMs - a.readToMs);
  return Object.fromEntries(
    youngestFirst.map(({ topic, readToMs }) => [topic, Math.round((nowMs - readToMs) / 100) / 10]),
  );
}

/** Still to be delivered: a worker would send it, now or when it may. */
const WAITS: ReadonlySet<CellState> = new Set(['inFlight', 'held', 'paused', 'unowned', 'behind']);

/** Counts the cells of one partner. */
export class Tally {
  readonly #byState = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  #oldestDriftMs = Number.POSITIVE_INFINITY;
  #oldestWaitingMs = Number.POSITIVE_INFINITY;

  add({ state, sinceMs }: Pick<JudgedCell, 'state' | 'sinceMs'>): void {
    this.#byState[state] += 1;
    if (isDrift(state)) this.#oldestDriftMs = Math.min(this.#oldestDriftMs, sinceMs);
    if (WAITS.has(state)) this.#oldestWaitingMs = Math.min(this.#oldestWaitingMs, sinceMs);
  }

  get drifting(): number {
    return CELL_STATES.filter(isDrift).reduce((sum, state) => sum + this.#byState[state], 0);
  }

  /** @param inStepSinceMs undefined: not known */
  totals(partner: string, nowMs: number, inStepSinceMs: number | undefined): PartnerTotals {
    const { drifting } = this;
    return {
      partner,
      inStep: this.#byState.inStep,
      drifting,
      byState: this.#byState,
      oldestDriftSeconds: ageSeconds(this.#oldestDriftMs, nowMs),
      oldestWaitingSeconds: ageSeconds(this.#oldestWaitingMs, nowMs),
      inStepSince: drifting > 0 || inStepSinceMs === undefined ? null : timeText(inStepSinceMs),
    };
  }
}

/** @param sinceMs infinite: never */
const ageSeconds = (sinceMs: number, nowMs: number): number | null =>
  Number.isFinite(sinceMs) ? Math.max(0, Math.round((nowMs - sinceMs) / 1000)) : null;

/** A version beyond what JSON numbers hold goes out as its digits. */
const shown = (version: JudgedCell['expected']): ShownCell['expected'] =>
  typeof version === 'bigint' ? String(version) : version;

export const showCell = ({ partner, ruleId, expected, acked, state, sinceMs, why }: JudgedCell): ShownCell => ({
  partner,
  ruleId,
  expected: shown(expected),
  acked: shown(acked),
  state,
  since: timeText(sinceMs),
  why,
});

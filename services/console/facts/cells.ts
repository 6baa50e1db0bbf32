// A piece of the list of cells: filtered, oldest drift first.
import type { CellState } from '@ess/domain/view/cell.ts';
import { CELL_STATES, isDrift } from '@ess/domain/view/cell.ts';
import type { LabelFilter } from '@ess/view/fold/rule-labels.ts';

/** By scope and region: the whole text, as the newest version of the rule has it. */
export interface CellFilter extends LabelFilter {
  readonly partner?: string;
  readonly state?: CellState;
  /** Part of the rule's id, whatever the case of its letters. */
  readonly rule?: string;
  /** Also what does not drift. */
  readonly all: boolean;
}

export const isCellState = (text: string): text is CellState => (CELL_STATES as readonly string[]).includes(text);

interface Source {
  isAbout(ruleId: string, wanted: LabelFilter): boolean;
}

type Compared = { readonly partner: string; readonly ruleId: string; readonly state: CellState };

/** What was never meant for the partner, and never sent: its topic may hold what is for others. */
const isOfOthers = ({ state, acked }: { readonly state: CellState; readonly acked: unknown }): boolean =>
  acked === null && (state === 'outOfScope' || state === 'withdrawn');

/** Of cells of a partner that somebody may see, those that they are told of. @param isGuestAt whether they are there as the partner */
export const toldTo =
  (isGuestAt: (partner: string) => boolean) =>
  (cell: { readonly partner: string; readonly state: CellState; readonly acked: unknown }): boolean =>
    !isOfOthers(cell) || !isGuestAt(cell.partner);

/** Compares text, not patterns: whatever a person types, it takes no longer. A state that is asked for by name is shown. */
export function matching(filter: CellFilter): (cell: Compared, source?: Source) => boolean {
  const { partner, state, rule, all } = filter;
  const part = rule?.toLowerCase();
  const about = aboutOf(filter);
  return (cell, source) =>
    (state === undefined ? all || isDrift(cell.state) : cell.state === state) &&
    (partner === undefined || cell.partner === partner) &&
    (part === undefined || cell.ruleId.toLowerCase().includes(part)) &&
    (about === undefined || source === undefined || source.isAbout(cell.ruleId, about));
}

/** @returns undefined: of any scope and region */
export function aboutOf({ scope, region }: LabelFilter): LabelFilter | undefined {
  if (scope === undefined && region === undefined) return undefined;
  return { ...(scope !== undefined && { scope }), ...(region !== undefined && { region }) };
}

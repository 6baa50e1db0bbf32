// A piece of the list of cells: filtered, oldest drift first.
import type { CellState } from '@ess/domain/view/cell.ts';
import { CELL_STATES } from '@ess/domain/view/cell.ts';
import type { ShownCell } from '@ess/view/answer.ts';

export interface CellFilter {
  readonly partner?: string;
  readonly state?: CellState;
  /** Part of the rule's id, whatever the case of its letters. */
  readonly rule?: string;
}

export interface CellPage {
  /** When this was found, ISO 8601. */
  readonly at: string;
  /** How many cells the filter lets through. */
  readonly total: number;
  /** The place of the first of `cells` among them. */
  readonly from: number;
  readonly cells: readonly ShownCell[];
}

export const isCellState = (text: string): text is CellState => (CELL_STATES as readonly string[]).includes(text);

/** Compares text, not patterns: whatever a person types, it takes no longer. */
export function matches({ partner, state, ruleId }: ShownCell, filter: CellFilter): boolean {
  if (filter.partner !== undefined && partner !== filter.partner) return false;
  if (filter.state !== undefined && state !== filter.state) return false;
  return filter.rule === undefined || ruleId.toLowerCase().includes(filter.rule.toLowerCase());
}

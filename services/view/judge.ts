// Judges the cells of all partners, each by what is known of it at this moment.
import type { ClientReceipt } from '@ess/schemas/generated/types.ts';
import type { PartnerTotals, ShownCell, ViewPiece } from './answer.ts';
import { oldestFirst, showCell, Tally } from './answer.ts';
import { InStepSince } from './fold/in-step-since.ts';
import type { JudgedCell } from './fold/partner-cells.ts';
import type { Label } from './fold/rule-labels.ts';
import type { SourceRules } from './fold/source-rules.ts';
import type { ViewedPartner } from './fold/viewed-partner.ts';
import { isStreamOnly } from './follow/stream-partners.ts';
import type { Followed } from './follow/surroundings.ts';
import { surroundings } from './follow/surroundings.ts';

export interface Judged {
  readonly nowMs: number;
  /** By name. */
  readonly partners: PartnerTotals[];
  /** Oldest first. */
  readonly cells: JudgedCell[];
}

/** @param source that the cell's rule is of */
export type Matches = (cell: JudgedCell, source: SourceRules) => boolean;

export class Judge {
  readonly #partners: ReadonlyMap<string, ViewedPartner>;
  readonly #followed: () => Followed;
  readonly #inStepSince = new InStepSince();

  constructor(partners: ReadonlyMap<string, ViewedPartner>, followed: () => Followed) {
    this.#partners = partners;
    this.#followed = followed;
  }

  /** @param asked absent: of all partners */
  all(matches: Matches, asked?: ReadonlySet<string>): Judged {
    const nowMs = Date.now();
    const partners: PartnerTotals[] = [];
    const cells: JudgedCell[] = [];
    for (const [name, one] of this.#sorted()) {
      if (asked && !asked.has(name)) continue;
      const around = this.#around(one, nowMs);
      const tally = new Tally();
      for (const cell of one.cells.cells(around)) {
        tally.add(cell);
        if (matches(cell, one.source)) cells.push(cell);
      }
      const sinceMs = around.partner.unknown ? undefined : this.#inStepSince.of(one, tally.drifting, nowMs);
      partners.push(tally.totals(name, nowMs, sinceMs));
    }
    return { nowMs, partners, cells: oldestFirst(cells) };
  }

  /** How many cells there are in each state, and none of them. @param asked absent: of all partners */
  totals(asked?: ReadonlySet<string>): Omit<Judged, 'cells'> {
    return this.all(() => false, asked);
  }

  /** Some of the cells that `matches` lets through, of partners that are to be seen, and how many there are. */
  piece(
    matches: Matches,
    { from, limit }: { from: number; limit: number },
    sees: (partner: string) => boolean = () => true,
  ): ViewPiece {
    const { nowMs, cells } = this.all(matches, new Set([...this.#partners.keys()].filter(sees)));
    const shown = cells.slice(from, from + limit).map(showCell);
    return { at: new Date(nowMs).toISOString(), total: cells.length, from, cells: shown };
  }

  /** Rules of the partner of which a dead letter is open, also of versions that a newer one has replaced. */
  deadLetters(partner: string): number {
    return this.#followed().letters.openOf(partner);
  }

  /** One rule at every partner. */
  ofRule(ruleId: string): ShownCell[] {
    const nowMs = Date.now();
    const found = this.#sorted().flatMap(([, one]) => one.cells.cellOf(ruleId, this.#around(one, nowMs)) ?? []);
    return found.map(showCell);
  }

  /**
   * Ids of rules of which this is a part, in any case, by name. Compares text, not patterns.
   * @param limit of how many are found @param of the partners whose sources are searched
   */
  rulesLike(part: string, limit: number, of: (partner: string) => boolean): string[] {
    const wanted = part.toLowerCase();
    const found = new Set<string>();
    for (const source of new Set([...this.#partners].flatMap(([name, { source }]) => (of(name) ? [source] : []))))
      for (let row = 0; row < source.size && found.size < limit; row += 1) {
        const name = source.nameOf(row);
        if (name.toLowerCase().includes(wanted)) found.add(name);
      }
    return [...found].sort();
  }

  /** What rules say of themselves, by name. @param of the partners whose sources are looked at */
  labels(label: Label, of: (partner: string) => boolean): string[] {
    const found = [...this.#partners].flatMap(([name, { source }]) => (of(name) ? source.labels.known(label) : []));
    return [...new Set(found)].sort();
  }

  /** The clients of a partner's stream, while any partner only streams: then what they bring back is followed. */
  clientsOf(partner: string): readonly ClientReceipt[] {
    return this.#followed().streams.clientsOf(partner);
  }

  #around(one: ViewedPartner, nowMs: number) {
    const followed = this.#followed();
    if (isStreamOnly(one.connector)) followed.streams.receive(one.connector, one.cells, nowMs);
    return surroundings(one, followed, nowMs);
  }

  #sorted(): Array<[string, ViewedPartner]> {
    return [...this.#partners].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

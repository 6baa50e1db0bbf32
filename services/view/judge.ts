// Judges the cells of all partners, each by what is known of it at this moment.
import type { LetterPlace } from '@ess/domain/delivery/dead-letters.ts';
import type { ClientReceipt } from '@ess/schemas/generated/types.ts';
import type { PartnerTotals, ShownCell, ViewPiece } from './answer.ts';
import { oldestFirst, showCell, Tally } from './answer.ts';
import type { Surroundings } from './fold/around-cells.ts';
import { InStepSince } from './fold/in-step-since.ts';
import type { JudgedCell } from './fold/partner-cells.ts';
import type { Label } from './fold/rule-labels.ts';
import type { SourceRules } from './fold/source-rules.ts';
import type { ViewedPartner } from './fold/viewed-partner.ts';
import { isStreamOnly } from './follow/stream-partners.ts';
import type { Followed } from './follow/surroundings.ts';
import { surroundings } from './follow/surroundings.ts';
import { FoundCells } from './found-cells.ts';
import { atOnce, inTurns } from './steps.ts';

/** Judged in less than a millisecond. */
const STEP_ROWS = 512;

export interface Totals {
  readonly nowMs: number;
  /** By name. */
  readonly partners: PartnerTotals[];
}

export interface Judged extends Totals {
  /** Oldest first. */
  readonly cells: JudgedCell[];
}

/** Where cells are: of which of these partners, and in which row. */
export interface Found {
  readonly cells: FoundCells;
  readonly owners: readonly ViewedPartner[];
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
    const cells: JudgedCell[] = [];
    const steps = this.#judge((cell, { source }) => void (matches(cell, source) && cells.push(cell)), asked);
    return { ...atOnce(steps), cells: oldestFirst(cells) };
  }

  /** How many cells there are in each state, and none of them. @param asked absent: of all partners */
  totals(asked?: ReadonlySet<string>): Totals {
    return atOnce(this.#judge(() => undefined, asked));
  }

  /** The same, in a process that has others to answer meanwhile: millions of cells take seconds. */
  tallied(asked?: ReadonlySet<string>): Promise<Totals> {
    return inTurns(this.#judge(() => undefined, asked));
  }

  /** Where the cells are that `matches` lets through; others have their turn meanwhile. @param asked absent: of all partners */
  async find(matches: Matches, asked?: ReadonlySet<string>): Promise<Found> {
    const cells = new FoundCells();
    const owners: ViewedPartner[] = [];
    const steps = this.#judge((cell, one, row) => {
      if (!matches(cell, one.source)) return;
      if (owners.at(-1) !== one) owners.push(one);
      cells.add(cell.sinceMs, owners.length - 1, row);
    }, asked);
    await inTurns(steps);
    return { cells, owners };
  }

  /** Some of the cells that were found, as they are now, and how many there are. @param isTold of whoever asks */
  piece(
    { cells, owners }: Found,
    { from, limit }: { from: number; limit: number },
    isTold: (cell: JudgedCell) => boolean = () => true,
  ): ViewPiece {
    const nowMs = Date.now();
    const around = new Map<number, Surroundings>();
    const shown = cells.piece(from, limit).flatMap(({ owner, row }) => {
      const one = owners[owner];
      if (!one) return [];
      const known = around.get(owner) ?? this.#around(one, nowMs);
      around.set(owner, known);
      const cell = one.cells.at(row, known);
      return cell && isTold(cell) ? [showCell(cell)] : [];
    });
    return { at: new Date(nowMs).toISOString(), total: cells.size, from, cells: shown };
  }

  /** Whether what was found is of partners as they are: one whose connector has changed since has other cells. */
  isOfNow({ owners }: Found): boolean {
    return owners.every((one) => this.#partners.get(one.connector.partner) === one);
  }

  /** Rules of the partner of which a dead letter is open, also of versions that a newer one has replaced. @param isThere in ess.dead-letters */
  deadLetters(partner: string, isThere: (place: LetterPlace) => boolean): number {
    return this.#followed().letters.openOf(partner, isThere);
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

  /** Between two steps whoever drives it may rest. */
  *#judge(
    visit: (cell: JudgedCell, one: ViewedPartner, row: number) => void,
    asked?: ReadonlySet<string>,
  ): Generator<void, Totals> {
    const nowMs = Date.now();
    const partners: PartnerTotals[] = [];
    for (const [name, one] of this.#sorted()) {
      if (asked && !asked.has(name)) continue;
      const around = this.#around(one, nowMs);
      const tally = new Tally();
      for (let row = 0; row < one.source.size; row += 1) {
        const cell = one.cells.at(row, around);
        if (cell) {
          tally.add(cell);
          visit(cell, one, row);
        }
        if (row % STEP_ROWS === STEP_ROWS - 1) yield;
      }
      const sinceMs = around.partner.unknown ? undefined : this.#inStepSince.of(one, tally.drifting, nowMs);
      partners.push(tally.totals(name, nowMs, sinceMs));
    }
    return { nowMs, partners };
  }

  #around(one: ViewedPartner, nowMs: number): Surroundings {
    const followed = this.#followed();
    if (isStreamOnly(one.connector)) followed.streams.receive(one.connector, one.cells, nowMs);
    return surroundings(one, followed, nowMs);
  }

  #sorted(): Array<[string, ViewedPartner]> {
    return [...this.#partners].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

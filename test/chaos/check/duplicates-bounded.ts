// Guarantee 4: what was acked is sent again only if, when its sender took over, no row said so. Each repeat gets its excuse.
import { cameLate } from '../../judges/came-late.ts';
import type { Receipt, Violation } from './evidence.ts';
import { nameOf } from './nothing-lost.ts';
import type { PartnerStories, Story } from './story.ts';

export type Excuse =
  | 'the ack was not on record yet'
  | 'its row landed while the next owner was taking over'
  | 'it was sent before, timed out, and lay in the connection';

export interface Repeats {
  readonly excused: ReadonlyMap<Excuse, number>;
  readonly violations: readonly Violation[];
}

export function duplicatesBounded({ evidence, due }: PartnerStories): Repeats {
  const epochs = Map.groupBy(
    evidence.commits.filter(({ epochStartedAtMs }) => epochStartedAtMs !== undefined),
    ({ partition }) => partition,
  );
  const excused = new Map<Excuse, number>();
  const violations: Violation[] = [];
  for (const story of due) {
    const { acked } = story;
    if (!acked) continue;
    const starts = [...new Set(epochs.get(story.record.partition)?.map((commit) => commit.epochStartedAtMs ?? 0))];
    for (const again of story.receipts.filter(({ order }) => order > acked.answeredOrder)) {
      const excuse = excuseOf(story, again, acked.answeredAtMs, starts);
      if (excuse) excused.set(excuse, (excused.get(excuse) ?? 0) + 1);
      else
        violations.push({
          guarantee: 4,
          partner: evidence.name,
          what: `${nameOf(story)} was sent again although its delivery was on record`,
          at: story.record,
        });
    }
  }
  return { excused, violations };
}

function excuseOf(story: Story, again: Receipt, ackedAtMs: number, starts: readonly number[]): Excuse | undefined {
  const row = story.rows.find(({ outcome }) => outcome === 'delivered');
  if (!row || row.writtenAtMs >= again.atMs) return 'the ack was not on record yet';
  if (cameLate(story.rows, again)) return 'it was sent before, timed out, and lay in the connection';
  // The next owner reads the rows when its assignment begins; one that lands later was out of its sight.
  const tookOver = starts.some((at) => ackedAtMs < at && at <= row.writtenAtMs);
  return tookOver ? 'its row landed while the next owner was taking over' : undefined;
}

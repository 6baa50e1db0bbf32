// Guarantee 1: a record in scope ends delivered or dead-lettered. With `catchUp: latest` also: superseded by a later version
// of the same rule that did. A withdrawn rule that the connector has no words for ends with an alert on record.
import type { Evidence, PartnerEvidence, Violation } from './evidence.ts';
import type { PartnerStories, Story } from './story.ts';
import { chains } from './story.ts';

const isThrough = ({ record, acked, parked }: Story): boolean =>
  record.rule ? acked !== undefined || parked.length > 0 : parked.length > 0;

const isAlerted = ({ record, settledBy }: Story): boolean =>
  record.rule?.withdrawn === true && settledBy?.outcome === 'skipped';

export function nothingLost({ evidence, due }: PartnerStories): Violation[] {
  const violations: Violation[] = [];
  for (const chain of chains(due)) {
    const lastThrough = chain.findLastIndex((story) => isThrough(story) || isAlerted(story));
    for (const [index, story] of chain.entries()) {
      const superseded = story.settledBy?.outcome === 'superseded' && index < lastThrough;
      if (isThrough(story) || superseded || isAlerted(story)) continue;
      const says = story.settledBy ? `its row says ${story.settledBy.outcome}` : 'no row settles it';
      violations.push({
        guarantee: 1,
        partner: evidence.name,
        what: `${nameOf(story)} is lost: neither delivered nor dead-lettered; ${says}`,
        at: story.record,
      });
    }
  }
  return violations;
}

export function nothingOutOfScope({ evidence, all, due, strange }: PartnerStories): Violation[] {
  const wanted = new Set(due);
  const { name: partner } = evidence;
  const sent = all.filter((story) => !wanted.has(story) && story.receipts.length > 0);
  return [
    ...sent.map(({ record }): Violation => ({ guarantee: 1, partner, what: 'sent, but not in scope', at: record })),
    ...strange.map(
      ({ id, version }): Violation => ({
        guarantee: 1,
        partner,
        what: `webhook-id ${id} (v${version}) is no record's`,
      }),
    ),
  ];
}

/** In the end every position is at the log end: nothing is held for ever. */
export function everythingSettled({ ends }: Evidence, { name: partner, commits }: PartnerEvidence): Violation[] {
  const positions = new Map<number, number>();
  for (const { partition, offset } of commits) positions.set(partition, offset);
  return [...ends].flatMap(([partition, end]): Violation[] => {
    const at = positions.get(partition) ?? 0;
    if (at >= end) return [];
    return [
      {
        guarantee: 1,
        partner,
        what: `held: partition ${partition} stands at ${at} of ${end}`,
        at: { partition, offset: at },
      },
    ];
  });
}

export const nameOf = ({ record }: Story): string =>
  `${record.key}${record.rule ? ` v${record.rule.version}` : ' (unreadable)'} at ${record.partition}/${record.offset}`;

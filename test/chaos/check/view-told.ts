// What the lock-step view told while all was harmed, next to what the partners' own logs, the audit and the published rules say. The
// view is never ahead of the partner, never more than two seconds behind the audit, and at rest it is exact.
import type { Evidence, PartnerEvidence, Violation } from './evidence.ts';
import { isAck } from './evidence.ts';
import type { Story } from './story.ts';
import { tellStories } from './story.ts';

/** One answer of the view, with every cell. */
export interface Sample {
  readonly atMs: number;
  /** It has read everything that was written before. */
  readonly asOfMs: number;
  readonly cells: readonly SampledCell[];
}

export interface SampledCell {
  readonly partner: string;
  readonly ruleId: string;
  readonly expected: number | string | null;
  readonly acked: number | string | null;
  readonly state: string;
}

/** What the view may not have seen of the audit yet. */
const BEHIND_MS = 2_000;

/** @param last taken when all was settled */
export function viewTold(evidence: Evidence, samples: readonly Sample[], last: Sample | undefined): Violation[] {
  return evidence.partners.flatMap((partner) => {
    const { all } = tellStories(evidence, partner);
    return [
      ...samples.flatMap((sample) => neverAhead(partner, all, sample)),
      ...samples.flatMap((sample) => neverFarBehind(partner, sample)),
      ...(last ? exactAtRest(partner, all, last) : []),
    ];
  });
}

function neverAhead(partner: PartnerEvidence, stories: readonly Story[], { atMs, cells }: Sample): Violation[] {
  const held = new Map<string, number>();
  for (const { record, receipts } of stories)
    if (record.rule && receipts.some((one) => isAck(one) && one.answeredAtMs <= atMs))
      held.set(record.key, Math.max(held.get(record.key) ?? 0, record.rule.version));
  return cellsOf(partner, cells).flatMap(([ruleId, { acked }]) => {
    const most = held.get(ruleId) ?? 0;
    const what = `${ruleId} v${acked} is acked at ${timeOf(atMs)}, the partner's log has v${most}`;
    return Number(acked ?? 0) > most ? [told(partner, what)] : [];
  });
}

function neverFarBehind(partner: PartnerEvidence, { asOfMs, atMs, cells }: Sample): Violation[] {
  const known = new Map(cellsOf(partner, cells));
  return [...auditedVersions(partner, asOfMs - BEHIND_MS)].flatMap(([ruleId, version]) => {
    const acked = Number(known.get(ruleId)?.acked ?? 0);
    return acked < version ? [told(partner, `${ruleId} v${acked} at ${timeOf(atMs)}, the audit had v${version}`)] : [];
  });
}

function exactAtRest(partner: PartnerEvidence, stories: readonly Story[], { cells }: Sample): Violation[] {
  const known = new Map(cellsOf(partner, cells));
  const audited = auditedVersions(partner, Number.POSITIVE_INFINITY);
  const newest = new Map<string, Story>();
  for (const story of stories)
    if (story.record.rule && story.record.rule.version > (newest.get(story.record.key)?.record.rule?.version ?? 0))
      newest.set(story.record.key, story);
  const unheardOf = [...known.keys()].filter((ruleId) => !newest.has(ruleId));
  const wrong = [...newest].flatMap(([ruleId, story]) => {
    const cell = known.get(ruleId);
    const acked = audited.get(ruleId) ?? null;
    const wanted = { expected: story.record.rule?.version, acked, states: statesOf(partner, story, acked !== null) };
    if (cell?.expected === wanted.expected && cell?.acked === acked && wanted.states.includes(cell.state)) return [];
    return [told(partner, `${ruleId} at rest: ${JSON.stringify(cell)}, right is ${JSON.stringify(wanted)}`)];
  });
  return [...wrong, ...unheardOf.map((ruleId) => told(partner, `${ruleId} at rest, which nobody has published`))];
}

function statesOf({ inScope }: PartnerEvidence, { record, parked }: Story, wasAcked: boolean): string[] {
  const { rule } = record;
  // A letter of a moment ago is shown as what is on its way, for as long as the partner usually takes.
  if (rule && inScope(rule.scope) && !rule.withdrawn)
    return parked.length > 0 ? ['deadLettered', 'inFlight'] : ['inStep'];
  // Nobody is told of what leaves: the connectors say nothing of it.
  return wasAcked ? ['notTold'] : ['outOfScope', 'withdrawn'];
}

/** Newest version of each rule that a row delivers, of those that Kafka had by then. */
function auditedVersions({ rows }: PartnerEvidence, untilMs: number): Map<string, number> {
  const audited = new Map<string, number>();
  for (const { outcome, ruleId, version, writtenAtMs } of rows)
    if (outcome === 'delivered' && ruleId !== null && writtenAtMs <= untilMs)
      audited.set(ruleId, Math.max(audited.get(ruleId) ?? 0, Number(version ?? 0)));
  return audited;
}

const cellsOf = ({ name }: PartnerEvidence, cells: readonly SampledCell[]) =>
  cells.filter(({ partner }) => partner === name).map((cell) => [cell.ruleId, cell] as const);

const told = ({ name }: PartnerEvidence, what: string): Violation => ({ guarantee: 'view', partner: name, what });

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(11, 23);

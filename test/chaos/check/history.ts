// The shortest offending history: all that is known of the violated record and its neighbours of the same key, by time.
import type { Evidence, Violation } from './evidence.ts';
import type { Story } from './story.ts';
import { tellStories } from './story.ts';

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** Of the violations, the one with the fewest lines, told in full. */
export function shortestHistory(evidence: Evidence, violations: readonly Violation[]): string {
  const told = violations.slice(0, 50).map((violation) => ({ violation, lines: historyOf(evidence, violation) }));
  const [shortest] = told.toSorted((a, b) => a.lines.length - b.lines.length);
  if (!shortest) return '';
  const { guarantee, partner, what } = shortest.violation;
  return [`guarantee ${guarantee}, ${partner}: ${what}`, ...shortest.lines].join('\n  ');
}

function historyOf(evidence: Evidence, { partner, at }: Violation): string[] {
  const witness = evidence.partners.find(({ name }) => name === partner);
  if (!at || !witness) return [];
  const { all } = tellStories(evidence, witness);
  const index = all.findIndex(({ record }) => record.partition === at.partition && record.offset === at.offset);
  const { key } = all[index]?.record ?? {};
  const chain = all.filter(({ record }) => record.partition === at.partition && record.key === key);
  const place = chain.findIndex(({ record }) => record.offset === at.offset);
  const lines = chain.slice(Math.max(0, place - 1), place + 2).flatMap(linesOf);
  const from = Math.min(...lines.map(({ atMs }) => atMs));
  const to = Math.max(...lines.map(({ atMs }) => atMs));
  lines.push(
    ...evidence.workersEnded
      .filter(({ atMs }) => atMs >= from - 2_000 && atMs <= to)
      .map(({ atMs, how }) => ({ atMs, text: `a worker got ${how}` })),
    ...epochsOf(
      witness.commits.filter(({ partition }) => partition === at.partition),
      from - 2_000,
      to,
    ),
  );
  return lines
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `${new Date(atMs).toISOString().slice(11, 23)} ${text}`);
}

function linesOf({ record, receipts, rows, parked }: Story): Line[] {
  const name = `${record.key} v${record.rule?.version ?? '?'} ${record.partition}/${record.offset}`;
  return [
    ...receipts.map((receipt) => ({
      atMs: receipt.atMs,
      text: `partner got   ${name} attempt ${receipt.attempt}, answered ${receipt.status || 'nothing'} at ${new Date(receipt.answeredAtMs).toISOString().slice(17, 23)}`,
    })),
    ...rows.map((row) => ({
      atMs: row.writtenAtMs,
      text: `audit row     ${name} ${row.outcome} ${row.reason ?? ''} attempt ${row.attempt}, made ${new Date(row.attemptedAt).toISOString().slice(17, 23)} by ${row.worker}`,
    })),
    ...parked.map(({ writtenAtMs, reason }) => ({ atMs: writtenAtMs, text: `dead letter   ${name} ${reason}` })),
  ];
}

function epochsOf(commits: Evidence['partners'][number]['commits'], from: number, to: number): Line[] {
  const starts = new Set(commits.map(({ epochStartedAtMs }) => epochStartedAtMs ?? 0));
  return [...starts]
    .filter((atMs) => atMs >= from && atMs <= to)
    .map((atMs) => ({ atMs, text: 'an assignment of this partition began' }));
}

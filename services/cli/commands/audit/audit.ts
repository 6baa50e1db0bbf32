// `ess audit`: what was attempted, for whom and how it ended. The authority is the topic ess.audit; this reads it.

import { EssError } from '@ess/domain/text/error.ts';
import { parseMoment, timeText } from '@ess/domain/text/moment.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { attemptOutcomes } from '@ess/schemas/outcomes.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { follow } from '@ess/stream/read/follow.ts';
import { read } from '@ess/stream/read/read.ts';
import { timeOfOffset } from '@ess/stream/read/retention.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { print, printAll, tell } from '../../terminal/print.ts';
import { AUDIT_HEADER, auditDetails, auditJson, auditLine } from './audit-table.ts';

interface Options {
  readonly partner?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
  readonly outcome?: string;
  readonly limit: number;
  readonly follow?: boolean;
  readonly connectors?: string;
  readonly details?: boolean;
  readonly json?: boolean;
}

export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('every attempt to settle a record: when, for whom, how it ended; oldest first')
    .option('--partner <name>', 'only of this partner')
    .option('--rule <id>', 'only of this rule')
    .option('--since <time>', 'a time, or a duration such as 90m; default: 24h, with --follow: now')
    .option('--until <time>', 'before then')
    .option('--outcome <outcomes>', `${attemptOutcomes().join(', ')}; several with commas`)
    .option('--limit <n>', 'rows at most; 0 = all', wholeNumber, 0)
    .option('--follow', 'go on with what is written from now on, until Ctrl-C')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--details', 'below each row: ids, worker, digests of the body and of the connector')
    .option('--json', 'one JSON object per line')
    .addHelpText(
      'after',
      `
Examples:
  ess audit --partner hospital --since 1h
  ess audit --rule wildfire-icu-beds --outcome delivered,deadLettered --since 7d --json
  ess audit --outcome held,retried,deadLettered --follow`,
    )
    .action(audit);
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is wanted.');
}

async function audit(options: Options): Promise<void> {
  const matches = matcher(options);
  const sinceMs = parseMoment(options.since ?? (options.follow ? '0ms' : '24h'), '--since');
  const { kafka, settings } = await openKafka('ess-audit', [AUDIT_TOPIC]);
  const codec = new Codec(settings.registry);
  const max = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
  let shown = 0;
  const show = async (batches: AsyncIterable<readonly ReadRecord[]>): Promise<void> => {
    for await (const batch of rows(codec, AUDIT_TOPIC, batches, { wanted: keyMatcher(options) })) {
      const found = batch.flatMap(({ row }) => (matches(row) ? [row] : [])).slice(0, max - shown);
      if (shown === 0 && found.length > 0 && !options.json) print(AUDIT_HEADER);
      await printAll(found.flatMap((row) => linesOf(row, options)));
      shown += found.length;
      if (shown >= max) return;
    }
  };
  if (options.follow) {
    const { signal } = untilStopped();
    await using tail = await follow(kafka, { topic: AUDIT_TOPIC, from: { sinceMs }, signal, isWaitedFor: true });
    await show(tail);
    return;
  }
  await show(read(kafka, { topic: AUDIT_TOPIC, sinceMs, oldestFirst: true }));
  tell(shown === 0 ? 'no row; --since looks further back' : `${shown} rows`);
  if (options.since !== undefined) await tellBeginning(kafka, sinceMs);
}

/** Retention may have taken what was asked for, or the topic was made anew: no row is no proof then. */
async function tellBeginning(kafka: Kafka, sinceMs: number): Promise<void> {
  await using reader = await TopicReader.open(kafka, AUDIT_TOPIC);
  let oldestMs = Number.POSITIVE_INFINITY;
  // One after the other: asked at once, the client opens a connection for each and forgets all but one, and the command never ends.
  for (const [partition, { low: offset }] of (await reader.bounds()).entries())
    oldestMs = Math.min(oldestMs, (await timeOfOffset(reader, { partition, offset })) ?? Number.POSITIVE_INFINITY);
  if (oldestMs > sinceMs)
    tell(
      `${AUDIT_TOPIC} ${Number.isFinite(oldestMs) ? `begins at ${timeText(oldestMs)}` : 'is empty'}: of before it knows nothing`,
    );
}

function linesOf(row: DeliveryAttempt, { json, details }: Options): string[] {
  if (json) return [JSON.stringify(auditJson(row))];
  return details ? [auditLine(row), auditDetails(row)] : [auditLine(row)];
}

/** Keys are partner/rule: most rows of others are left aside without being decoded. */
function keyMatcher({ partner, rule }: Options): (record: ReadRecord) => boolean {
  return ({ key }) => {
    const text = key?.toString() ?? '';
    return (
      (partner === undefined || text.startsWith(`${partner}/`)) && (rule === undefined || text.endsWith(`/${rule}`))
    );
  };
}

function matcher(options: Options): (row: DeliveryAttempt) => boolean {
  const { partner, rule, outcome } = options;
  if (partner !== undefined) knownPartner(partner, options.connectors ?? loadSettings().connectors);
  const wanted = outcome === undefined ? undefined : new Set(outcome.split(',').map(knownOutcome));
  const untilMs = options.until === undefined ? Number.POSITIVE_INFINITY : parseMoment(options.until, '--until');
  return (row) =>
    (partner === undefined || row.partner === partner) &&
    (rule === undefined || row.ruleId === rule) &&
    (wanted === undefined || wanted.has(row.outcome)) &&
    row.attemptedAt < untilMs;
}

function knownOutcome(text: string): string {
  const name = text.trim();
  if (attemptOutcomes().includes(name)) return name;
  throw new EssError('ESS_USAGE', `--outcome "${name}": ${didYouMean(name, attemptOutcomes())}`);
}

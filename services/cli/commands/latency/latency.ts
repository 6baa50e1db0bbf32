// `ess latency PARTNER`: where the time from publish to ack went, and whose time it was. It reads ess.audit, whose rows of acks say
// so: a past range is told as well as the last hour, whichever workers have come and gone since.
import { parseMoment, timeText } from '@ess/domain/text/moment.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { Command } from 'commander';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { print, tell } from '../../terminal/print.ts';
import { LatencyLedger } from './latency-ledger.ts';
import { latencyLines } from './latency-lines.ts';

/** A row's record is made after its attempt, and Kafka has it a moment later: or so much later, where it was away. */
const ROW_LATE_MS = 600_000;

interface Options {
  readonly since: string;
  readonly until?: string;
  readonly connectors?: string;
  readonly json?: boolean;
}

export function addLatencyCommand(program: Command): void {
  program
    .command('latency')
    .description("where the time from publish to a partner's ack went, stage by stage, and whose time it was")
    .argument('<partner>', 'folder under connectors/')
    .option('--since <time>', 'a time, or a duration such as 90m', '1h')
    .option('--until <time>', 'acks before then whose rows Kafka had ten minutes later')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Replays and redrives are left out: they count from a publish of long ago. A record that is taken in waits out
a hold in its lane; before that it waits in the topic: for Kafka, a hold, a pause, a full backlog, or a worker.

Examples:
  ess latency hospital
  ess latency hospital --since 2026-11-29T10:00Z --until 2026-11-29T11:00Z --json`,
    )
    .action(latency);
}

async function latency(name: string, options: Options): Promise<void> {
  const partner = knownPartner(name, options.connectors ?? loadSettings().connectors);
  const sinceMs = parseMoment(options.since, '--since');
  const untilMs = options.until === undefined ? Date.now() : parseMoment(options.until, '--until');
  const { kafka, settings } = await openKafka('ess-latency', [AUDIT_TOPIC]);
  const ledger = new LatencyLedger();
  const wanted = ({ key }: ReadRecord) => key?.toString().startsWith(`${partner}/`) === true;
  const written = read(kafka, { topic: AUDIT_TOPIC, sinceMs, untilMs: untilMs + ROW_LATE_MS });
  for await (const batch of rows(new Codec(settings.registry), AUDIT_TOPIC, written, { wanted }))
    for (const { row } of batch)
      if (row.outcome === 'delivered' && row.attemptedAt >= sinceMs && row.attemptedAt < untilMs)
        ledger.add(row.stagesMs);
  const { told } = ledger;
  const range = { partner, from: timeText(sinceMs), to: timeText(untilMs) };
  if (options.json) print(JSON.stringify({ ...range, ...told }));
  else if (told.deliveries > 0) for (const line of latencyLines(told)) print(line);
  const left = told.unmeasured > 0 ? `; ${told.unmeasured} more whose rows do not say where the time went` : '';
  const none = told.deliveries === 0 ? '; --since looks further back' : '';
  tell(`${partner}: ${told.deliveries} deliveries from ${range.from} to ${range.to}${left}${none}`);
}

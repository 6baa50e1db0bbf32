// `ess tail TOPIC`: the records of any Avro topic, decoded, one JSON line each. As `tail` of Unix: the last ten, and on with -f.

import { isNotAvro } from '@ess/domain/avro/not-avro.ts';
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import { parseMoment, timeText } from '@ess/domain/text/moment.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import { valueSubject } from '@ess/schemas/topics.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { follow } from '@ess/stream/read/follow.ts';
import type { Bounds } from '@ess/stream/read/range.ts';
import { read } from '@ess/stream/read/read.ts';
import type { DecodedRecord } from '@ess/stream/read/rows.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Subjects, shownVersion } from '@ess/stream/registry/subjects.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { openKafka } from '../open-kafka.ts';
import { printAll } from '../terminal/print.ts';

interface Options {
  readonly fromBeginning?: boolean;
  readonly since?: string;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly latest?: boolean;
  readonly subject?: string;
}

const LAST = 10;

export function addTailCommand(program: Command): void {
  program
    .command('tail')
    .description('the records of an Avro topic, decoded, one JSON line each; without options the last ten')
    .argument('<topic>')
    .option('--from-beginning', 'all there is, oldest first')
    .option('--since <time>', 'from a time on, or a duration such as 90m')
    .option('-n, --limit <n>', 'stop after so many; without a beginning: the last so many', wholeNumber)
    .option('-f, --follow', 'go on with what is written from now on, until Ctrl-C')
    .option(
      '--latest',
      'of each key the newest value alone, as "ess publish" takes it; a key that was deleted has none',
    )
    .option('--subject <subject>', 'its newest schema is what they are read as (default: <topic>-value)')
    .addHelpText(
      'after',
      `
Examples:
  ess tail hospital.bedChange
  ess tail hospital.bedChange -f | jq .value.bedsFree
  ess tail rules --since 1h --limit 5
  ess tail ess.audit --from-beginning > audit.jsonl
  ess tail rules.latest --latest > rules-in-force.jsonl`,
    )
    .action(tail);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number above 0 is wanted.');
}

async function tail(topic: string, options: Options): Promise<void> {
  if (options.latest && (options.follow || options.limit !== undefined || options.since !== undefined))
    throw new EssError('ESS_USAGE', '--latest reads all there is, and ends: leave --follow, --limit and --since out');
  const sinceMs = options.since === undefined ? undefined : parseMoment(options.since, '--since');
  const { kafka, settings } = await openKafka('ess-tail', [topic]);
  const codec = new Codec(settings.registry);
  const reads = await newestOf(topic, settings.registry, options.subject);
  const show: Show = async (batches, limit = Number.POSITIVE_INFINITY) => {
    let shown = 0;
    for await (const batch of decodedRecords(codec, reads, batches)) {
      const taken = batch.slice(0, limit - shown);
      await printAll(taken.map(lineOf));
      shown += taken.length;
      if (shown >= limit) break;
    }
    return shown;
  };
  const bounds = await ends(kafka, topic);
  if (options.latest) {
    const latest = await latestOf(decodedRecords(codec, reads, read(kafka, { topic, within: bounds })));
    for (const value of latest) await printAll([value]);
    return;
  }
  const last = sinceMs === undefined && !options.fromBeginning;
  const since = sinceMs === undefined ? {} : { sinceMs };
  const shown = last
    ? await show(newest(kafka, topic, bounds, options))
    : await show(read(kafka, { topic, within: bounds, oldestFirst: true, ...since }), options.limit);
  // With a beginning the limit is of all that is shown; without one it was how far to look back.
  const left = last || options.limit === undefined ? Number.POSITIVE_INFINITY : options.limit - shown;
  if (!options.follow || left <= 0) return;
  const from = new Map([...bounds].map(([partition, { to }]) => [partition, to]));
  await using tail = await follow(kafka, { topic, from, signal: untilStopped().signal, isWaitedFor: true });
  await show(tail, left);
}

/** What partners get to see of a topic; of the topics of the program itself, what it knows of them. */
async function newestOf(
  topic: string,
  registry: RegistryAddress,
  given: string | undefined,
): Promise<string | ReadAs | undefined> {
  if (topic.startsWith('ess.') && given === undefined) return topic;
  const subject = given ?? valueSubject(topic);
  const newest = await new Subjects(registry).latest(subject);
  if (!newest && given !== undefined)
    throw new EssError('ESS_USAGE', `--subject ${given}: the registry has no such subject`);
  // As they were written: they may be Avro all the same.
  if (!newest || isNotAvro(newest.schema)) return undefined;
  return { schema: newest.schema, shown: shownVersion(subject, newest) };
}

/** Of each key its newest value. @throws EssError ESS_CONFIG when one cannot be decoded: whoever keeps them relies on all */
async function latestOf(batches: AsyncIterable<readonly DecodedRecord[]>): Promise<Iterable<string>> {
  const latest = new Map<string, string>();
  for await (const batch of batches)
    for (const { record, decoded } of batch) {
      const key = record.key && keyText(record.key);
      if (key === null) continue;
      latest.delete(key);
      if (decoded.ok) latest.set(key, JSON.stringify(shownValue(decoded.record)));
      else if (record.value !== null)
        throw new EssError('ESS_CONFIG', `${record.partition}:${record.offset} cannot be decoded: ${decoded.detail}`);
    }
  return latest.values();
}

/** @returns how many were shown */
type Show = (batches: AsyncIterable<readonly ReadRecord[]>, limit?: number) => Promise<number>;

function ends(kafka: Kafka, topic: string): Promise<Map<number, Bounds>> {
  return withAdmin(kafka, async (admin) => {
    const found = await admin.fetchTopicOffsets(topic);
    return new Map(found.map(({ partition, low, high }) => [partition, { from: Number(low), to: Number(high) }]));
  });
}

/** The last so many of the topic: they are among the last so many of each partition. */
async function* newest(
  kafka: Kafka,
  topic: string,
  bounds: ReadonlyMap<number, Bounds>,
  { limit = LAST }: Options,
): AsyncGenerator<readonly ReadRecord[]> {
  const within = new Map(
    [...bounds].map(([partition, { from, to }]) => [partition, { from: Math.max(from, to - limit), to }]),
  );
  let found: ReadRecord[] = [];
  for await (const batch of read(kafka, { topic, within, oldestFirst: true }))
    found = [...found, ...batch].slice(-limit);
  yield found;
}

/** A record that cannot be decoded is shown as it is: it is what one looks for. */
function lineOf({ record, decoded }: DecodedRecord): string {
  const { partition, offset, key, value, timestampMs } = record;
  const headers = Object.entries(record.headers).map(([name, header]) => [name, String(header)]);
  const content = decoded.ok
    ? { value: shownValue(decoded.record) }
    : { value: null, undecoded: decoded.detail, ...(value && { base64: value.toString('base64') }) };
  const time = timeText(timestampMs);
  const line = {
    partition,
    offset,
    time,
    key: key && keyText(key),
    headers: Object.fromEntries(headers),
    ...content,
  };
  return JSON.stringify(line);
}

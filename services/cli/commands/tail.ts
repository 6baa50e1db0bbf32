// `ess tail TOPIC`: the records of any Avro topic, decoded, one JSON line each. As `tail` of Unix: the last ten, and on with -f.
import { parseMoment, timeText } from '@ess/domain/moment.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import { withAdmin } from '@ess/stream/admin.ts';
import type { Kafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import type { GroupRecord } from '@ess/stream/group.ts';
import type { Bounds } from '@ess/stream/range.ts';
import { readOldestFirst } from '@ess/stream/range.ts';
import { Tail } from '@ess/stream/tail.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { openKafka } from '../open-kafka.ts';
import { print, printAll } from '../print.ts';

interface Options {
  readonly fromBeginning?: boolean;
  readonly since?: string;
  readonly limit?: number;
  readonly follow?: boolean;
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
    .addHelpText(
      'after',
      `
Examples:
  ess tail hospital.bedChange
  ess tail hospital.bedChange -f | jq .value.bedsFree
  ess tail rules --since 1h --limit 5
  ess tail ess.audit --from-beginning > audit.jsonl`,
    )
    .action(tail);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number above 0 is wanted.');
}

async function tail(topic: string, options: Options): Promise<void> {
  const sinceMs = options.since === undefined ? undefined : parseMoment(options.since, '--since');
  const { kafka, settings } = await openKafka('ess-tail', [topic]);
  const codec = new Codec(settings.registry);
  const lines = async (records: readonly GroupRecord[]): Promise<string[]> => {
    await codec.prepare(records.map(({ value }) => value));
    return records.map((record) => lineOf(codec, record));
  };
  const bounds = await ends(kafka, topic);
  const last = sinceMs === undefined && !options.fromBeginning;
  const shown = last
    ? await showLast(kafka, topic, bounds, options, lines)
    : await showFrom(kafka, topic, bounds, sinceMs, options.limit, lines);
  // With a beginning the limit is of all that is shown; without one it was how far to look back.
  const left = last || options.limit === undefined ? Number.POSITIVE_INFINITY : options.limit - shown;
  if (options.follow && left > 0) await follow(kafka, topic, bounds, left, lines);
}

type Lines = (records: readonly GroupRecord[]) => Promise<string[]>;

function ends(kafka: Kafka, topic: string): Promise<Map<number, Bounds>> {
  return withAdmin(kafka, async (admin) => {
    const found = await admin.fetchTopicOffsets(topic);
    return new Map(found.map(({ partition, low, high }) => [partition, { from: Number(low), to: Number(high) }]));
  });
}

async function showLast(
  kafka: Kafka,
  topic: string,
  bounds: ReadonlyMap<number, Bounds>,
  { limit = LAST }: Options,
  lines: Lines,
): Promise<number> {
  // The last ten of the topic are among the last ten of each partition.
  const within = new Map(
    [...bounds].map(([partition, { from, to }]) => [partition, { from: Math.max(from, to - limit), to }]),
  );
  let newest: GroupRecord[] = [];
  for await (const records of readOldestFirst(kafka, { topic, within })) newest = [...newest, ...records].slice(-limit);
  await printAll(await lines(newest));
  return newest.length;
}

async function showFrom(
  kafka: Kafka,
  topic: string,
  within: ReadonlyMap<number, Bounds>,
  sinceMs: number | undefined,
  limit = Number.POSITIVE_INFINITY,
  lines: Lines,
): Promise<number> {
  let shown = 0;
  for await (const records of readOldestFirst(kafka, {
    topic,
    within,
    ...(sinceMs === undefined ? {} : { sinceMs }),
  })) {
    const taken = records.slice(0, limit - shown);
    await printAll(await lines(taken));
    shown += taken.length;
    if (shown >= limit) break;
  }
  return shown;
}

async function follow(
  kafka: Kafka,
  topic: string,
  bounds: ReadonlyMap<number, Bounds>,
  limit: number,
  lines: Lines,
): Promise<void> {
  const stop = untilStopped();
  let failure: Error | undefined;
  let left = limit;
  const fail = (error: Error): void => {
    failure ??= error;
    if (!stop.signal.aborted) stop.now();
  };
  const show = async (records: readonly GroupRecord[]): Promise<void> => {
    for (const line of await lines(records.slice(0, left))) print(line);
    left -= records.length;
    if (left <= 0 && !stop.signal.aborted) stop.now();
  };
  await using _tail = await Tail.open(kafka, {
    topic,
    from: new Map([...bounds].map(([partition, { to }]) => [partition, to])),
    // What a reader throws into kafkajs would be retried for ever.
    onRecords: (records) => show(records).catch(fail),
    onCrash: fail,
  });
  await stop.stopped;
  if (failure) throw failure;
}

/** A record that cannot be decoded is shown as it is: it is what one looks for. */
function lineOf(codec: Codec, { partition, offset, key, value, timestampMs, message }: GroupRecord): string {
  const decoded = codec.decode(value);
  const headers = Object.entries(message.headers ?? {}).map(([name, header]) => [name, String(header)]);
  const content = decoded.ok
    ? { value: decoded.record }
    : { value: null, undecoded: decoded.detail, ...(value && { base64: value.toString('base64') }) };
  const time = timeText(timestampMs);
  const line = {
    partition,
    offset,
    time,
    key: key?.toString() ?? null,
    headers: Object.fromEntries(headers),
    ...content,
  };
  return JSON.stringify(line, (_name, inner: unknown) =>
    isBytes(inner) ? Buffer.from(inner.data).toString('base64') : inner,
  );
}

/** What JSON makes of a Buffer before a replacer sees it. */
function isBytes(value: unknown): value is { readonly data: number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'data' in value &&
    'type' in value &&
    value.type === 'Buffer' &&
    Array.isArray(value.data)
  );
}

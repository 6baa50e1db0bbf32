// What every partner held at a past minute: folded from ess.audit, which keeps what was delivered when, from ess.delivery-state where
// rows of that have expired, and from the sources as far as they are kept. How workers were then is on record nowhere: what was not
// acked by then was behind, or a dead letter.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { AUDIT_TOPIC, LATEST_TOPIC, RULES_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords, rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { LockstepAnswer, PartnerTotals, Question } from './answer.ts';
import { isAskedFor, oldestFirst, showCell, Tally } from './answer.ts';
import type { AuditFile } from './audit/audit-file.ts';
import { boundsOf } from './audit/audit-log.ts';
import type { AuditedOptions } from './audit/audited.ts';
import { audited } from './audit/audited.ts';
import { HeardVersions } from './fold/heard-versions.ts';
import type { JudgedCell } from './fold/partner-cells.ts';
import { PAST_OUTCOMES, PastPartner } from './fold/past-partner.ts';
import { SourceRules } from './fold/source-rules.ts';
import { takeLatest, takeOwn } from './follow/sources.ts';

/** Of these one is there. */
const FIRST_RECORDS = 100;

export interface PastOptions {
  readonly kafka: Kafka;
  readonly registry: RegistryAddress;
  readonly connectors: readonly Connector[];
  /** Ms since 1970. */
  readonly atMs: number;
  /** The audit index, which saves reading what it has; absent: all is read. */
  readonly indexFile?: string | undefined;
  readonly log?: Pick<StreamLog, 'info'>;
  /** Told of each topic that was read. */
  readonly onProgress?: (read: number, all: number) => void;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

/** @throws EssError ESS_BROKER when Kafka does not answer, ESS_CONFIG when a topic is not there, ESS_REGISTRY without a registry; the reason of `signal` */
export async function pastAnswer(options: PastOptions, question: Question = {}): Promise<LockstepAnswer> {
  const { connectors, atMs } = options;
  const partners = new Map<string, PastPartner>();
  const sources: SourceRules[] = [];
  const heard = new Map<SourceRules, HeardVersions>();
  for (const connector of connectors) {
    if (!connector.deliver) continue;
    let source = sources.find((one) => one.readsAs(connector.source));
    if (!source) {
      source = new SourceRules(connector.source);
      sources.push(source);
      heard.set(source, new HeardVersions(source, atMs));
    }
    partners.set(connector.partner, new PastPartner(connector, source, atMs, heard.get(source)));
  }
  await readAll(options, partners, sources);
  const found: JudgedCell[] = [];
  const totals: PartnerTotals[] = [];
  const { about } = question;
  for (const [name, partner] of partners) {
    const tally = new Tally();
    for (const cell of partner.judged()) {
      tally.add(cell);
      if (isAskedFor(cell, question) && (!about || partner.source.isAbout(cell.ruleId, about))) found.push(cell);
    }
    totals.push(tally.totals(name, atMs, undefined));
  }
  const cells = oldestFirst(found).map(showPast);
  const notKnown = await whatIsGone(options.kafka, sources);
  return { at: new Date(atMs).toISOString(), readTo: {}, partners: totals, cells, notKnown };
}

async function whatIsGone(kafka: Kafka, sources: readonly SourceRules[]): Promise<string[]> {
  const topics = [...new Set(sources.map(({ fields }) => fields.topic))];
  const bounds = await withAdmin(kafka, (admin) => Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic))));
  return topics
    .filter((_, at) => bounds[at]?.some(({ low }) => Number(low) > 0))
    .map(
      (topic) =>
        `records of ${topic} have expired: a rule is left out that has none any more and was tried at no partner`,
    );
}

/** The audit first: then it is known of each version whether it was acked. */
async function readAll(
  { kafka, registry, atMs, indexFile, log, onProgress, signal }: PastOptions,
  partners: ReadonlyMap<string, PastPartner>,
  sources: readonly SourceRules[],
): Promise<void> {
  const codec = new Codec(registry);
  const topics = [
    AUDIT_TOPIC,
    ...sources.flatMap(({ fields: { topic } }) => (topic === RULES_TOPIC ? [topic, topic] : topic)),
  ];
  let done = 0;
  const step = () => {
    done += 1;
    onProgress?.(done, topics.length);
  };
  const wanted = ({ key }: { readonly key: Buffer | null }) => partners.has(key?.toString().split('/', 1)[0] ?? '');
  await readStates({ kafka, codec, wanted, signal }, partners);
  const indexed = (index: Pick<AuditFile, 'ofOutcomes'>) => index.ofOutcomes(...PAST_OUTCOMES);
  for await (const batch of audited({ kafka, codec, indexFile, wanted, indexed, ...(log && { log }), signal }))
    for (const { row } of going(batch, signal)) partners.get(row.partner)?.attempted(row);
  step();
  for (const source of sources) {
    const { topic, reads } = source.fields;
    const decoded = (from: string) => decodedRecords(codec, reads ?? topic, read(kafka, { topic: from, signal }));
    if (topic === RULES_TOPIC) {
      for await (const batch of decoded(LATEST_TOPIC))
        for (const { record, decoded: value } of going(batch, signal))
          if (record.timestampMs <= atMs) takeLatest(source, record, value.ok ? value.record : undefined);
      step();
    }
    for await (const batch of decoded(topic))
      for (const { record, decoded: value } of going(batch, signal))
        if (record.timestampMs <= atMs) takeOwn(source, null, record, value);
    step();
  }
}

/** The same batch, while somebody waits for what comes of it. */
function going<T>(batch: T, signal: AbortSignal | undefined): T {
  signal?.throwIfAborted();
  return batch;
}

/** What was acked before the audit begins, ess.delivery-state has where it was the last ack. */
async function readStates(
  { kafka, codec, wanted, signal }: Pick<AuditedOptions, 'kafka' | 'codec' | 'wanted' | 'signal'>,
  partners: ReadonlyMap<string, PastPartner>,
): Promise<void> {
  const fromMs = await auditFrom(kafka);
  if (fromMs === undefined) return;
  for (const partner of partners.values()) partner.auditBegins(fromMs);
  const states = read(kafka, { topic: STATE_TOPIC, signal });
  for await (const batch of rows(codec, STATE_TOPIC, states, { wanted }))
    for (const { row } of batch) partners.get(row.partner)?.acked(row);
}

/** Since when each of its partitions has all, ms since 1970. @returns undefined: nothing of it has expired */
async function auditFrom(kafka: Kafka): Promise<number | undefined> {
  const begun = [...(await boundsOf(kafka))].filter(([, { low }]) => low > 0);
  if (begun.length === 0) return undefined;
  const within = new Map(begun.map(([partition, { low }]) => [partition, { from: low, to: low + FIRST_RECORDS }]));
  const first = new Map<number, number>();
  for await (const records of read(kafka, { topic: AUDIT_TOPIC, within }))
    for (const { partition, timestampMs } of records) if (!first.has(partition)) first.set(partition, timestampMs);
  return Math.max(...begun.map(([partition]) => first.get(partition) ?? Date.now()));
}

function showPast(cell: JudgedCell): ReturnType<typeof showCell> {
  const shown = showCell(cell);
  return { ...shown, expected: shown.expected ?? 'unknown' };
}

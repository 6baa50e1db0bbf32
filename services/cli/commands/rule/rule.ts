// `ess rule ID`: everything that is known of one rule: its versions with their stamps, and at each partner what it holds and how it
// came there, attempt by attempt.

import { shownValue } from '@ess/domain/avro/shown-value.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { VERSION_HEADER, versionIn } from '@ess/domain/delivery/version.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { identify } from '@ess/domain/values/record-identity.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { AUDIT_TOPIC, LATEST_TOPIC, RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { AuditedOptions } from '@ess/view/audit/audited.ts';
import type { Audited } from '@ess/view/audit/decoded-rows.ts';
import type { Command } from 'commander';
import { indexOf, keptView, VIEW_TOPICS } from '../../kept-view.ts';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { outgoingConnectors } from '../../outgoing-connectors.ts';
import { print, printAll, tell } from '../../terminal/print.ts';
import { auditJson } from '../audit/audit-table.ts';
import type { RuleAnswer, RuleVersion } from './rule-lines.ts';
import { ruleLines } from './rule-lines.ts';
import { recordTold } from './rule-told.ts';

interface Options {
  readonly told?: string;
  readonly reason?: string;
  readonly connectors?: string;
  readonly json?: boolean;
}

/** Rows of the audit that are read between two words of it. */
const TELL_EVERY = 50_000;

export function addRuleCommand(program: Command): void {
  program
    .command('rule')
    .description(
      'everything known of one rule: versions, stamps, and per partner from published to acked, with attempts',
    )
    .argument('<id>', 'the rule, or the key of its records')
    .option('--told <partner>', 'puts on record that you have told this partner that the rule is over')
    .option('--reason <text>', 'how and why, for the audit; goes with --told')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText(
      'after',
      `
Versions are shown as far back as their topic keeps them, attempts as far back as ess.audit does.

Examples:
  ess rule wf-2291
  ess rule wf-2291 --told hospital --reason "phoned the desk, ticket 4711"
  ess rule wf-2291 --json | jq .attempts`,
    )
    .action(rule);
}

/** @throws EssError ESS_USAGE when nobody knows the rule */
async function rule(ruleId: string, options: Options): Promise<void> {
  const { told, reason } = options;
  if ((told === undefined) !== (reason === undefined))
    throw new EssError('ESS_USAGE', '--told and --reason go together: who was told, and how');
  const { kafka, settings, log } = await openKafka('ess-rule', VIEW_TOPICS);
  const { registry } = settings;
  const { connectors } = await outgoingConnectors(options.connectors ?? settings.connectors, [], registry);
  const { View } = await import('@ess/view/view.ts');
  const { createProgress } = await import('@ess/infra/local/machine/progress.ts');
  const progress = createProgress();
  const onProgress = (done: number, of: number) => progress.show(`reading topics: ${done} of ${of}`);
  await using view = await View.open({ kafka, registry, connectors, log, onProgress, ...keptView(settings) });
  const codec = new Codec(registry);
  if (told !== undefined && reason !== undefined) {
    await recordTold(kafka, codec, view, {
      partner: knownPartner(told, options.connectors ?? settings.connectors),
      ruleId,
      reason,
    });
    progress.end();
    return tell(`on record: ${told} was told that ${ruleId} is over`);
  }
  const [versions, attempts] = await Promise.all([
    readVersions(kafka, codec, connectors, ruleId),
    readAttempts({ kafka, codec, log, ...indexOf(settings) }, ruleId, (rows) =>
      progress.show(`reading ${AUDIT_TOPIC}: ${rows} rows`),
    ),
  ]);
  progress.end();
  const { at, cells } = view.answer({ rule: ruleId });
  if (cells.length === 0 && versions.length === 0 && attempts.length === 0)
    throw new EssError('ESS_USAGE', `no source, partner or audit row has a rule "${ruleId}"`);
  const answer: RuleAnswer = { at, ruleId, versions, partners: cells, attempts };
  if (options.json) print(JSON.stringify({ ...answer, attempts: attempts.map(auditJson) }));
  else await printAll(ruleLines(answer));
}

/** Oldest first. */
async function readVersions(
  kafka: Kafka,
  codec: Codec,
  connectors: readonly Connector[],
  ruleId: string,
): Promise<RuleVersion[]> {
  const sources = new Map(connectors.map(({ source }) => [JSON.stringify([source.topic, source.key]), source]));
  const found: RuleVersion[] = [];
  for (const source of sources.values()) {
    const kept = await versionsIn(source.topic, kafka, codec, source, ruleId);
    const inForce = source.topic === RULES_TOPIC ? await versionsIn(LATEST_TOPIC, kafka, codec, source, ruleId) : [];
    // What is in force has the newest version alone, and keeps it when its record in the source has expired.
    const expired = inForce.slice(-1).filter(({ version }) => kept.every((one) => one.version !== version));
    found.push(...expired, ...kept);
  }
  return found;
}

/** Oldest first. */
async function versionsIn(
  topic: string,
  kafka: Kafka,
  codec: Codec,
  source: Connector['source'],
  ruleId: string,
): Promise<RuleVersion[]> {
  const found: RuleVersion[] = [];
  const batches = read(kafka, { topic, oldestFirst: true });
  for await (const batch of decodedRecords(codec, source.reads ?? source.topic, batches))
    for (const { record, decoded } of batch) {
      const value = decoded.ok ? decoded.record : {};
      const known = identify(record, value, source);
      if (known.ruleId !== ruleId) continue;
      // Of what is in force a rule that was withdrawn has a record without a value.
      const isOut = topic === LATEST_TOPIC && record.value === null;
      const version = isOut ? (versionIn(String(record.headers[VERSION_HEADER])) ?? null) : known.version;
      found.push({
        topic,
        partition: record.partition,
        offset: record.offset,
        version: shownValue(version) as RuleVersion['version'],
        publishedAt: timeText(known.publishedAtMs),
        status: isOut ? 'withdrawn' : textOf(value, 'status'),
        publishedBy: textOf(value, 'publishedBy'),
        auditStamp: 'auditStamp' in value ? shownValue(value.auditStamp) : null,
        unreadable: decoded.ok || isOut ? null : decoded.detail,
      });
    }
  return found;
}

const textOf = (value: object, name: string): string | null => {
  const found = (value as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'string' ? found : null;
};

/** Oldest first. */
async function readAttempts(
  from: Pick<AuditedOptions, 'kafka' | 'codec' | 'indexFile' | 'log'>,
  ruleId: string,
  onProgress: (rows: number) => void,
): Promise<DeliveryAttempt[]> {
  const { audited } = await import('@ess/view/audit/audited.ts');
  const found: Audited[] = [];
  let passed = 0;
  const wanted = ({ key }: { readonly key: Buffer | null }) => {
    passed += 1;
    if (passed % TELL_EVERY === 0) onProgress(passed);
    return key?.toString().endsWith(`/${ruleId}`) ?? false;
  };
  const indexed: AuditedOptions['indexed'] = (index) => index.ofRule(ruleId);
  for await (const batch of audited({ ...from, wanted, indexed }))
    found.push(...batch.filter(({ row }) => row.ruleId === ruleId));
  return found.sort((a, b) => a.record.timestampMs - b.record.timestampMs).map(({ row }) => row);
}

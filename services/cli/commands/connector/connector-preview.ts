// `ess connector preview`: a change of a partner's files, rehearsed over what was really published. Nothing is sent.

import { readFileSync } from 'node:fs';
import type { Compiled } from '@ess/domain/connector/compile.ts';
import { CONNECTOR_FILE, compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { CONTRACT_FILE } from '@ess/domain/connector/files.ts';
import type { Made, RehearsalResult } from '@ess/domain/rehearsal/rehearsal.ts';
import { makeOf, Rehearsal } from '@ess/domain/rehearsal/rehearsal.ts';
import type { ShownRequest } from '@ess/domain/request/shown-request.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import { parseMoment, timeText } from '@ess/domain/text/moment.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { listConnectors, readConnectorFolder } from '@ess/runtime/connectors/connector-folder.ts';
import { Redactor } from '@ess/runtime/log/log.ts';
import { ownVariable } from '@ess/runtime/settings/environment.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { parse } from 'yaml';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import type { SourceSchemas } from '../../source-schemas.ts';
import { fittingSchemas, KnownSchemas } from '../../source-schemas.ts';
import { print, tell } from '../../terminal/print.ts';

export interface ConnectorPreviewOptions {
  readonly since: string;
  readonly mapping?: string;
  readonly contract?: string;
  readonly connector?: string;
  readonly connectors?: string;
  readonly json?: true;
}

export async function previewConnector(partner: string, options: ConnectorPreviewOptions): Promise<void> {
  const sinceMs = parseMoment(options.since, '--since');
  const settings = loadSettings();
  const root = options.connectors ?? settings.connectors;
  knownPartner(partner, root);
  const { before, after } = await bothConnectors(root, partner, options, settings.registry);
  const { topic, reads } = before.source;
  const isSame = reads?.shown === after.source.reads?.shown;
  const { kafka } = await openKafka('ess-preview', [topic]);
  const codec = new Codec(settings.registry);
  const rehearsal = new Rehearsal();
  let unreadable = 0;
  for await (const batch of decodedRecords(codec, reads, read(kafka, { topic, sinceMs })))
    for (const { record, decoded } of batch) {
      const { partition, offset, key } = record;
      const changed = isSame ? decoded : codec.decode(record.value, after.source.reads);
      const readable = decoded.ok ? decoded : changed;
      if (!readable.ok) {
        unreadable += 1;
        continue;
      }
      const { ruleId, version } = readable.record as { ruleId?: string; version?: number };
      const name = `${ruleId ?? (key ? keyText(key) : '(no key)')}${version === undefined ? '' : ` v${version}`}`;
      rehearsal.take(`${name} at ${topic}:${partition}:${offset}`, madeOf(before, decoded), madeOf(after, changed));
    }
  const { result } = rehearsal;
  // A URL may hold what only its partner should know.
  const redactor = new Redactor();
  redactor.add([...before.secrets, ...after.secrets]);
  const lines = options.json
    ? [JSON.stringify({ partner, topic, since: timeText(sinceMs), unreadable, ...result })]
    : report(result, unreadable);
  for (const line of lines) print(redactor.clean(line));
  if (result.newlyFailing > 0) {
    tell(`${result.newlyFailing} records that get through now would become dead letters`);
    process.exitCode = 1;
  }
}

/** A connector that fits the newest schema may read what one of before cannot, and the other way round. */
function madeOf(connector: Connector, decoded: Decoded): Made {
  return decoded.ok
    ? makeOf(connector, decoded.record)
    : { kind: 'failed', reason: `${decoded.reason}: ${decoded.detail}` };
}

/**
 * The connector as it is, and as the given files would make it: each with the newest schemas, or those before that the one
 * of today fits.
 */
async function bothConnectors(
  root: string,
  partner: string,
  options: ConnectorPreviewOptions,
  registry: RegistryAddress,
) {
  const folder = readConnectorFolder(root, partner);
  const known = new KnownSchemas(root, registry);
  const fitting = await fittingSchemas(known, partner, tell);
  const compile = (files: ReadonlyMap<string, string>, { sourceSchema, shownSchema }: Schemas) =>
    compileConnector(
      // Samples say what the mapping makes today: a change is expected to differ from them.
      { ...folder, files: new Map([...files].filter(([name]) => !name.startsWith('samples/'))) },
      {
        env: ownVariable,
        withoutEnv: true,
        sourceSchema,
        shownSchema,
        partners: listConnectors(root),
      },
    );
  const valid = ({ connector, problems }: Compiled, what: string): Connector => {
    if (connector) return connector;
    const lines = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
    throw new EssError('ESS_CONFIG', `${what} is invalid:\n${lines}`);
  };
  const changed = new Map(folder.files);
  if (options.connector !== undefined) changed.set(CONNECTOR_FILE, readGiven(options.connector, '--connector'));
  if (options.contract !== undefined) changed.set(CONTRACT_FILE, readGiven(options.contract, '--contract'));
  if (options.mapping !== undefined) {
    const { mapping } = (parse(changed.get(CONNECTOR_FILE) ?? '') ?? {}) as { mapping?: string };
    changed.set(mapping ?? 'mapping.json', readGiven(options.mapping, '--mapping'));
  }
  // A connector.yaml that is given may name a subject that the folder does not.
  const asked = new Set<string>();
  compile(changed, { sourceSchema: (subject) => void asked.add(subject), shownSchema: () => undefined });
  const newest = await known.newestFor([partner], [...asked]);
  const before = valid(compile(folder.files, fitting), `connector ${partner}`);
  const fresh = compile(changed, newest);
  const older = fresh.connector ? fresh : compile(changed, fitting);
  const after = valid(older.connector ? older : fresh, `the change of ${partner}`);
  if (before.source.topic !== after.source.topic)
    throw new EssError(
      'ESS_USAGE',
      `the change reads ${after.source.topic} instead of ${before.source.topic}: nothing to compare`,
    );
  return { before, after };
}

/** What one compilation is given. */
type Schemas = Pick<SourceSchemas, 'sourceSchema' | 'shownSchema'>;

function readGiven(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EssError('ESS_USAGE', `${option} ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function* report(result: RehearsalResult, unreadable: number): Generator<string> {
  const { records, inScope, scopeFlips, same, different, failing, newlyFailing, mended, fields, samples } = result;
  const reasons = newlyFailing > 0 ? result.newlyFailingReasons : result.failingReasons;
  yield `records        ${records}${unreadable > 0 ? `, and ${unreadable} that cannot be read` : ''}`;
  yield `in scope       ${inScope.before} before, ${inScope.after} after (${scopeFlips.into} come in, ${scopeFlips.outOf} leave)`;
  yield `documents      ${same} the same, ${different} different`;
  yield `failing        ${failing.before} before, ${failing.after} after (${newlyFailing} newly, ${mended} mended)`;
  for (const { reason, records: many } of reasons) yield `  ${String(many).padStart(6)}  ${reason}`;
  if (fields.length > 0) yield 'fields         added  removed  changed';
  for (const { field, added, removed, changed } of fields)
    yield `  ${field.padEnd(12)} ${String(added).padStart(5)}  ${String(removed).padStart(7)}  ${String(changed).padStart(7)}`;
  for (const { record, before, after } of samples) {
    yield `sample         ${record}`;
    yield `  before       ${shown(before)}`;
    yield `  after        ${shown(after)}`;
  }
  // A partner that nothing changes for is shown what it gets.
  if (different > 0) return;
  for (const { record, made } of result.unchanged) {
    yield `record         ${record}`;
    yield `  makes        ${shown(made)}`;
  }
}

function shown(made: Made): string {
  if (made.kind === 'document') return made.request ? requestLine(made.request) : JSON.stringify(made.document);
  return made.kind === 'failed'
    ? `fails: ${made.reason}`
    : made.kind === 'outOfScope'
      ? 'out of scope'
      : 'withdrawn: alert only';
}

function requestLine({ method, url, headers, body }: ShownRequest): string {
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [method, url, ...(named.length > 0 ? [`(${named.join('; ')})`] : []), body || 'without a body'].join(' ');
}

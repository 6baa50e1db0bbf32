// From a folder's texts to a connector that runs: connector.yaml → shape → variables → source, scope, mapping, contract →
// deliver, inbound. All problems are collected, and only a folder without any becomes a connector.

import { createHash } from 'node:crypto';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { PUBLIC_TOPIC, valueSubject } from '@ess/schemas/topics.ts';
import type { Mapping, MapResult } from '../mapping/mapping.ts';
import type { MappingFile } from '../mapping/mapping-file.ts';
import { deliveredBody, streamedBody } from '../mapping/partner-body.ts';
import { checkForm } from '../request/compile-request.ts';
import { leavingOf } from '../request/leaving.ts';
import type { RequestPlan } from '../request/request-plan.ts';
import { describedRequests } from '../request/shown-request.ts';
import type { Problem } from '../text/problem.ts';
import { Findings } from '../text/problem.ts';
import type { SourceText } from '../text/source-text.ts';
import { readYaml } from '../text/source-text.ts';
import { unstamped } from '../values/audit-stamp.ts';
import type { CheckContext } from '../values/check-context.ts';
import { compileScope } from '../values/scope.ts';
import { checkShape } from '../values/shape.ts';
import type { Environment } from '../values/variables.ts';
import { Variables } from '../values/variables.ts';
import { compileAccess } from './access.ts';
import { checkIdOf } from './ack.ts';
import { checkBodyClash } from './auth.ts';
import type { Connector, ConnectorFolder, Deliver, Withdrawal } from './connector.ts';
import { compileDeliver } from './deliver.ts';
import { connectorDigest } from './digest/connector-digest.ts';
import { CONTRACT_FILE, MappingFiles } from './files.ts';
import { compileInbound } from './inbound.ts';
import { boundMap } from './map.ts';
import type { RawConnector } from './raw.ts';
import type { ConnectorRecipe } from './recipe.ts';
import { recorded } from './recipe.ts';
import { checkSamples } from './samples.ts';
import { compileSource } from './source.ts';
import { checkStream } from './stream.ts';

export const CONNECTOR_FILE = 'connector.yaml';

/** The projector's group is ess.public, and its dead letters are those of the partner "public". */
const RESERVED_PARTNERS: ReadonlySet<string> = new Set(['public']);
const PARTNER_CHARS_MAX = 100;
const AUTH = ['deliver', 'auth'];
/** What a withdrawal is mapped to whose request has no body. */
const NO_BODY: MapResult = { ok: true, document: {} };

export interface CompileOptions {
  readonly env: Environment;
  /** Newest schema of a subject of the registry; undefined when it is not known, then names are not checked against it. */
  readonly sourceSchema: (subject: string) => AvroSchemaJson | undefined;
  /** How messages name that schema, e.g. by its id. */
  readonly shownSchema?: (subject: string) => string | undefined;
  /** Subjects that have a schema; a source whose subject is not among them is a problem. */
  readonly subjects?: readonly string[];
  /** The registry could not be asked: `subjects` are those that the program was built with, and others may be there. */
  readonly isRegistryAway?: boolean;
  /** Topics that Kafka has, when it could be asked. */
  readonly kafkaTopics?: readonly string[];
  /** All partners, so that `county` cannot name the variables of `county-ems`. */
  readonly partners?: readonly string[];
  /** Check the files alone: a variable that is not set is no problem. Such a connector must not be run. */
  readonly withoutEnv?: boolean;
}

export interface Compiled {
  readonly connector?: Connector;
  readonly problems: Problem[];
  /** What was asked for on the way; absent: nothing. */
  readonly recipe?: ConnectorRecipe;
}

export function compileConnector(folder: ConnectorFolder, given: CompileOptions): Compiled {
  const { options, recipe } = recorded(folder, given);
  const file = `${folder.path}/${CONNECTOR_FILE}`;
  const text = folder.files.get(CONNECTOR_FILE);
  const unread = folder.problems ?? [];
  if (text === undefined) return { problems: unread.length > 0 ? [...unread] : [noConnectorFile(folder, file)] };
  const yaml = readYaml(file, text);
  const problems = [...unread, ...yaml.problems];
  const findings = new Findings(yaml, problems);
  const files = new MappingFiles(folder, findings, problems);
  if (yaml.value === undefined) return { problems };
  const raw = checkShape(yaml.value, 'connector', findings) as RawConnector;
  const parts = compileParts({ folder, yaml, raw, files, findings }, options);
  const { mapping, schema } = parts;
  if (problems.length > 0 || mapping === undefined) return { problems, recipe };
  const connector = { ...assembled(raw, files, { ...parts, mapping }), digest: digestOf(folder), recipe };
  problems.push(...checkSamples(connector, folder, files, schema));
  return problems.length > 0 ? { problems, recipe } : { connector, problems, recipe };
}

interface Reading {
  readonly folder: ConnectorFolder;
  readonly yaml: SourceText;
  readonly raw: RawConnector;
  readonly files: MappingFiles;
  readonly findings: Findings;
}

/** Each part of the connector, and beside the others: what is wrong goes to the findings. */
function compileParts({ folder, yaml, raw, files, findings }: Reading, options: CompileOptions) {
  checkName(raw, folder, findings);
  const variables = new Variables(folder.partner, options.env, options.partners ?? [], findings, options.withoutEnv);
  const context: CheckContext = { variables, findings };
  const { source, schema } = compileSource(raw.source ?? {}, options, findings);
  const scope = compileScope(raw.source?.where, schema, yaml);
  findings.problems.push(...scope.problems);
  const mapping = files.mapping(raw.mapping, ['mapping'], schema, false);
  const contract = files.contract();
  const does = { delivers: raw.deliver !== undefined, streams: raw.stream?.enabled ?? false };
  const leaving = leavingOf(raw.onLeave, does, findings);
  const withdrawal = leaving && files.mapping(leaving.send, leaving.at, schema, false);

  const requests = raw.deliver && compileDeliver(raw.deliver, leaving, { ...context, schema });
  const deliver = requests?.deliver;
  if (deliver !== undefined) {
    checkBodies(deliver, mapping, raw.mapping ?? '', schema, findings);
    checkBodyClash(deliver.auth, withdrawal, leaving?.send ?? '', AUTH, findings);
  }
  if (mapping !== undefined && contract !== undefined)
    files.fit(raw.mapping ?? '', mapping.shape(schema), Object.keys(deliver?.auth.body ?? {}));
  const access = compileAccess(raw.access, variables, findings, options.withoutEnv ?? false);
  const inbound = compileInbound(raw, access, files, options.sourceSchema, context);
  checkPurpose(raw, findings);
  const publicSchema = options.sourceSchema(valueSubject(PUBLIC_TOPIC));
  checkStream(raw, { source, schema, publicSchema, files, withdrawalFile: leaving?.send, findings });
  const { partner } = folder;
  const { secrets } = variables;
  const own = { partner, source, schema, scope, mapping, contract, leaving, withdrawal, access, inbound, secrets };
  return { ...own, publicSchema, deliver, leavingRequest: requests?.withdrawal };
}

type Parts = Omit<ReturnType<typeof compileParts>, 'mapping'> & { readonly mapping: Mapping };

/** The connector of parts in which nothing is wrong. */
function assembled(raw: RawConnector, files: MappingFiles, parts: Parts): Omit<Connector, 'digest' | 'recipe'> {
  const { partner, source, schema, publicSchema, scope, mapping, contract, deliver, leaving, withdrawal } = parts;
  const { access, inbound, secrets, leavingRequest } = parts;
  const body = { mapping, withdrawal, contract: files.json(CONTRACT_FILE)?.value, authBody: deliver?.auth.body };
  const description = describedRequests(deliver?.request, leavingRequest ?? deliver?.request);
  const { inScope, untold, conditions } = scope;
  const unfit = raw.stampRequired ? (record: object) => untold?.(record) ?? unstamped(record) : untold;
  const delivered = schema && deliver && deliveredBody(schema, body, deliver.batch !== undefined, description);
  const enabled = raw.stream?.enabled ?? false;
  return {
    partner,
    source,
    inScope,
    map: boundMap(mapping, contract, deliver?.auth.body, unfit),
    ...(!contract && !unfit && { copies: { keyField: source.key, conditions, lines: mapping.lines } }),
    ...(deliver && { deliver: { ...deliver, ...(delivered && { bodySchema: delivered }) } }),
    ...(raw.critical && { critical: true as const }),
    onLeave: leaving ? withdrawalBy(withdrawal, leavingRequest) : 'alert',
    stream: {
      ...raw.stream,
      enabled,
      ...(enabled && publicSchema && { bodySchema: streamedBody(publicSchema, body) }),
    },
    inbound,
    access,
    secrets: [...secrets],
    connectorDigest: connectorDigest({
      source,
      where: raw.source?.where,
      mapping: files.json(raw.mapping ?? '')?.value as MappingFile,
      deliver: raw.deliver,
      leaving,
      withdrawal: files.json(leaving?.send ?? '')?.value as MappingFile | undefined,
      schema,
    }),
  };
}

/** Where `deliver` needs something of the documents that it sends. */
function checkBodies(
  deliver: Deliver,
  mapping: Mapping | undefined,
  file: string,
  schema: AvroSchemaJson | undefined,
  findings: Findings,
): void {
  checkBodyClash(deliver.auth, mapping, file, AUTH, findings);
  if (deliver.request?.body === 'form' && mapping && schema)
    checkForm(mapping.bodySchema(schema), ['deliver', 'body'], findings);
  checkIdOf(deliver.batch?.answer, mapping, file, findings);
}

const withdrawalBy = (mapping: Mapping | undefined, request: RequestPlan | undefined): Withdrawal => ({
  map: mapping ? boundMap(mapping, undefined, undefined) : () => NO_BODY,
  ...(request && { request }),
});

/** Changes when any file of the folder does, or what hinders reading it. */
export function digestOf(folder: ConnectorFolder): string {
  const hash = createHash('sha256');
  if (folder.problems?.length) hash.update(JSON.stringify(folder.problems));
  for (const [name, text] of [...folder.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([name, text]));
  }
  return hash.digest('hex');
}

function noConnectorFile(folder: ConnectorFolder, file: string): Problem {
  const near = [...folder.files.keys()].find((name) => /\.ya?ml$/.test(name));
  const remedy =
    near === undefined ? 'add it; connectors/hospital is an example' : `rename ${near} to ${CONNECTOR_FILE}`;
  return { file, field: '', message: 'there is no such file', remedy };
}

function checkName(raw: RawConnector, folder: ConnectorFolder, findings: Findings): void {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(folder.partner)) {
    findings.add(
      ['partner'],
      `the folder "${folder.partner}" has no valid name`,
      'use small letters, digits and hyphens',
    );
  } else if (folder.partner.length > PARTNER_CHARS_MAX) {
    const message = `the name has ${folder.partner.length} characters, more than ${PARTNER_CHARS_MAX}`;
    findings.add(['partner'], message, 'choose a shorter one: it is part of every key and of every name of a group');
  } else if (RESERVED_PARTNERS.has(folder.partner)) {
    findings.add(['partner'], `"${folder.partner}" is the name that ESS itself uses`, 'choose another name');
  } else if (raw.partner !== undefined && raw.partner !== folder.partner) {
    const remedy = `write ${folder.partner}, or rename the folder`;
    findings.add(['partner'], `is "${raw.partner}", but the folder is "${folder.partner}"`, remedy);
  }
}

function checkPurpose(raw: RawConnector, findings: Findings): void {
  const does = raw.deliver !== undefined || raw.stream?.enabled === true || raw.inbound !== undefined;
  // A misspelt `deliver:` has been reported as an unknown field; this would only repeat it.
  if (!does && findings.problems.length === 0) {
    findings.add([], 'the connector does nothing', 'add deliver, stream or inbound');
  }
}

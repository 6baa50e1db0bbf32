// The connector digest: equal for connectors that send the same of every record, so that a delivery can be told from one that
// another mapping would make. Deliveries of one digest need no replay when files, environment or schema change around them.
//
// In it: source, scope, mapping, url, method, headers, contentType, form of the body, onLeave, and of the reader's schema what
// these read. Not in it: credentials, limits, timeouts, retries, TLS, proxy, acks, the contract, comments, the order of names.
// A variable counts by its name: it may hold a secret, and whoever watches a partner has none of its variables.
import { hash } from 'node:crypto';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { MappingFile } from '../../mapping/mapping-file.ts';
import type { RawRequest } from '../../request/compile-request.ts';
import { FORM_TYPE } from '../../request/form-body.ts';
import type { Leaving } from '../../request/leaving.ts';
import { JSON_TYPE } from '../../request/media-type.ts';
import { markPlaceholders } from '../../request/placeholders.ts';
import type { Path } from '../../text/paths.ts';
import { Findings } from '../../text/problem.ts';
import type { Where } from '../../values/scope.ts';
import { canonicalJson } from './canonical-json.ts';
import { mappingParts, pathOf, whereParts } from './mapping-parts.ts';
import { schemaParts } from './schema-parts.ts';

/** A connector as its files have it, after they were found good. */
export interface DigestedConnector {
  /** `key` and `version` in effect, also where the file says nothing of them. */
  readonly source: { readonly topic: string; readonly key?: string; readonly version?: string };
  readonly where: Where | undefined;
  readonly mapping: MappingFile;
  /** Absent for a partner that nothing is sent to. */
  readonly deliver: (RawRequest & { readonly url?: string }) | undefined;
  /** Absent: a person is alerted. */
  readonly leaving: Pick<Leaving, 'method' | 'url'> | undefined;
  /** Absent: a withdrawal has no body. */
  readonly withdrawal: MappingFile | undefined;
  /** The reader's; absent: it is not known. */
  readonly schema: AvroSchemaJson | undefined;
}

const AS_EVER = { method: 'POST', body: 'json' };
const CONTENT_TYPES = { json: JSON_TYPE, form: FORM_TYPE };

/**
 * What is as ever is left out, so that a field that connectors learn later leaves the digests of those that do not use it.
 * @returns SHA-256, hex
 */
export function connectorDigest(connector: DigestedConnector): string {
  const { where = {}, deliver, leaving, schema } = connector;
  const { topic, key, version } = connector.source;
  const mapping = mappingParts(connector.mapping);
  const withdrawal = connector.withdrawal && mappingParts(connector.withdrawal);
  const reads: Path[] = [
    ...[...Object.keys(where), key, version].filter((name) => name !== undefined).map(pathOf),
    ...mapping.reads,
    ...(withdrawal?.reads ?? []),
    ...templatesOf(deliver, leaving).flatMap(fieldsIn),
    ...(key === 'ruleId' ? [WITHDRAWN] : []),
  ];
  const said = {
    source: { topic, key, version, where: whereParts(where) },
    mapping: mapping.said,
    deliver: deliver && requestParts(deliver),
    onLeave: leaving && {
      send: withdrawal?.said,
      method: unlessEver('method', leaving.method ?? deliver?.method),
      url: leaving.url ?? deliver?.url,
    },
    schema: schema && schemaParts(schema, reads),
  };
  return hash('sha256', canonicalJson(said), 'hex');
}

/** Says that a rule is over (values/withdrawn.ts). */
const WITHDRAWN: Path = ['status'];

function requestParts({
  url,
  method,
  headers = {},
  contentType,
  body = 'json',
  batch,
}: NonNullable<DigestedConnector['deliver']>): object {
  const named = Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]);
  return {
    url,
    method: unlessEver('method', method),
    body: unlessEver('body', body),
    contentType: contentType === CONTENT_TYPES[body] ? undefined : contentType,
    ...(named.length > 0 && { headers: Object.fromEntries(named) }),
    // How many and how long they are waited for decides nothing; that they come as a list does.
    ...(batch && { list: true }),
  };
}

const unlessEver = (part: keyof typeof AS_EVER, value: string | undefined): string | undefined =>
  value === AS_EVER[part] ? undefined : value;

function templatesOf(deliver: DigestedConnector['deliver'], leaving: DigestedConnector['leaving']): string[] {
  const { url, headers = {} } = deliver ?? {};
  return [url, leaving?.url, ...Object.values(headers)].filter((text) => text !== undefined);
}

/** What its placeholders name. */
function fieldsIn(template: string): Path[] {
  const unheard = new Findings({ file: '', lineOf: () => undefined });
  const marked = markPlaceholders(template, { open: '{', close: '}' }, [], unheard);
  return (marked?.names ?? []).map(pathOf);
}

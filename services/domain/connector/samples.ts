// samples/<name>.rule.json → samples/<name>.body.json: what the mapping must make of a record, checked with the connector; and
// samples/<name>.request.json, if it is there: method, path and headers that the connector says.
import { isDeepStrictEqual } from 'node:util';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { resolvePath } from '../avro/avro-path.ts';
import { sampleValue } from '../forms/sample-value.ts';
import type { Problem } from '../text/problem.ts';
import { Findings, PROBLEMS_MAX } from '../text/problem.ts';
import { ROUNDED } from '../text/source-text.ts';
import type { Connector, ConnectorFolder } from './connector.ts';
import type { MappingFiles } from './files.ts';

const RULE = '.rule.json';
const BODY = '.body.json';
const REQUEST = '.request.json';

export function checkSamples(
  connector: Connector,
  folder: ConnectorFolder,
  files: MappingFiles,
  schema: AvroSchemaJson | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const names = [...folder.files.keys()].filter((name) => name.startsWith('samples/'));
  for (const name of names.filter((candidate) => candidate.endsWith(BODY) || candidate.endsWith(REQUEST))) {
    const rule = name.replace(/\.(body|request)\.json$/, RULE);
    if (folder.files.has(rule)) continue;
    const file = `${folder.path}/${name}`;
    problems.push({
      file,
      field: '',
      message: `there is no ${rule} beside it`,
      remedy: `add ${rule}, or remove the file`,
    });
  }
  for (const name of names.filter((candidate) => candidate.endsWith(RULE))) {
    problems.push(...checkSample(name, connector, folder, files, schema));
    if (problems.length >= PROBLEMS_MAX) break;
  }
  return problems;
}

function checkSample(
  name: string,
  connector: Connector,
  folder: ConnectorFolder,
  files: MappingFiles,
  schema: AvroSchemaJson | undefined,
): Problem[] {
  const rule = files.json(name);
  if (rule === undefined) return [];
  const findings = new Findings(rule);
  if (typeof rule.value !== 'object' || rule.value === null) {
    findings.add([], 'is not a record', 'write an object');
    return findings.problems;
  }
  for (const field of schema === undefined ? [] : Object.keys(rule.value)) {
    const resolved = resolvePath(schema!, [field]);
    if ('unknown' in resolved) findings.add([field], resolved.unknown, resolved.remedy);
    if (findings.problems.length >= PROBLEMS_MAX) return findings.problems; // each looks for the nearest name
  }
  const record = (schema === undefined ? rule.value : sampleValue(schema, rule.value)) as object;
  if (!connector.inScope(record)) findings.add([], 'is not in scope', 'make it match source.where in connector.yaml');
  for (const path of rule.rounded ?? []) findings.add(path, ...ROUNDED);
  const mapped = connector.map(record);
  if (!mapped.ok) findings.add([], mapped.reason, 'correct the sample, the mapping or the contract');
  const bodyName = name.replace(RULE, BODY);
  const body = files.json(bodyName);
  if (body === undefined) {
    if (!folder.files.has(bodyName)) findings.add([], 'has no expected body', `add ${folder.path}/${bodyName}`);
  } else if (mapped.ok && !isDeepStrictEqual(plain(mapped.document), body.value)) {
    const different = differing(plain(mapped.document), body.value);
    new Findings(body, findings.problems).add(
      [different],
      `the mapping of ${name} makes something else here`,
      `it makes ${JSON.stringify(plain(mapped.document))}: correct the mapping or this file`,
    );
  }
  if (mapped.ok) checkRequest(name, connector, record, mapped.document, files, findings);
  return findings.problems;
}

function checkRequest(
  name: string,
  { deliver }: Connector,
  record: object,
  document: object,
  files: MappingFiles,
  findings: Findings,
): void {
  const filled = deliver?.request?.fill(record, document);
  if (filled?.ok === false) findings.add([], filled.reason, 'correct the sample, or deliver in connector.yaml');
  const expected = files.json(name.replace(RULE, REQUEST));
  if (expected === undefined || filled?.ok === false) return;
  const found = new Findings(expected, findings.problems);
  if (filled === undefined) {
    found.add([], 'the connector says nothing of a request but its url', 'remove this file');
    return;
  }
  const { method, path, headers } = filled.parts;
  const made = { method, path, headers: { ...headers, 'content-type': filled.parts.contentType } };
  if (isDeepStrictEqual(made, expected.value)) return;
  const remedy = `it makes ${JSON.stringify(made)}: correct deliver in connector.yaml, or this file`;
  found.add(
    [differing(made, expected.value)],
    `the connector makes another request of ${name} than this file says`,
    remedy,
  );
}

/** As the partner will read it. */
const plain = (document: object): Record<string, unknown> => JSON.parse(JSON.stringify(document));

/** The first top-level field that is not the same. */
function differing(made: Record<string, unknown>, expected: unknown): string {
  const wanted = (typeof expected === 'object' && expected !== null ? expected : {}) as Record<string, unknown>;
  return (
    [...new Set([...Object.keys(made), ...Object.keys(wanted)])].find(
      (name) => !isDeepStrictEqual(made[name], wanted[name]),
    ) ?? ''
  );
}

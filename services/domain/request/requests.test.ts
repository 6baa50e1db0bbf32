// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// What a connector says of its requests, as far as people see it: checks, samples, previews and published schemas.
import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import type { CompileOptions } from '../connector/compile.ts';
import { compileConnector } from '../connector/compile.ts';
import type { Connector } from '../connector/connector.ts';
import { makeOf, Rehearsal } from '../rehearsal/rehearsal.ts';
import { formatProblem } from '../text/problem.ts';

const HEAD = 'partner: clinic\nsource: { topic: rules }\nmapping: mapping.json\n';
const PUT = `deliver:
  url: "\${CLINIC_URL:-https://clinic.example}/Location/{ruleId}"
  method: PUT
  contentType: application/fhir+json
  headers: { x-zone: "{region}" }
onLeave: { method: DELETE, url: "\${CLINIC_URL:-https://clinic.example}/gone/{ruleId}" }
`;
const POST = 'deliver: { url: "https://clinic.example/rules" }\n';

function compile(yaml: string, files: Record<string, string> = {}, options: Partial<CompileOptions> = {}) {
  const texts = { 'connector.yaml': HEAD + yaml, 'mapping.json': '{ "fields": { "minIcuBeds": "beds" } }', ...files };
  const { connector, problems } = compileConnector(
    { path: 'connectors/clinic', partner: 'clinic', files: new Map(Object.entries(texts)) },
    { env: () => undefined, sourceSchema: findSubject, ...options },
  );
  return { connector: connector as Connector, problems: problems.map(formatProblem) };
}

const RULE = { ruleId: 'r 1', status: 'active', region: 'north', minIcuBeds: 3 };

test.each([
  ['nothing', ''],
  ['what is the default anyway', '  method: POST\n  contentType: application/json\n  body: json\n'],
])('a connector that says %s has nothing to be done per record', (_what, more) => {
  const { connector } = compile(`deliver:\n  url: https://clinic.example/rules\n${more}`);
  expect(connector.deliver?.request).toBeUndefined();
});

test.each([...['application/octet-stream', 'text/xml', 'application/soap+xml; charset=utf-8', 'image/png']])(
  'JSON is not sent as %s',
  (type) => {
    const { problems } = compile(`deliver: { url: "https://clinic.example/", contentType: "${type}" }\n`);
    expect(problems).toEqual([
      `connectors/clinic/connector.yaml:4 deliver.contentType: "${type.split(';')[0]}" does not name JSON (use application/json, or a type that ends in +json)`,
    ]);
  },
);

test.each([
  ...[
    'expect',
    'te',
    'trailer',
    'upgrade',
    'keep-alive',
    'accept-encoding',
    'proxy-authorization',
    'transfer-encoding',
  ],
  ...[
    'webhook-id',
    'ess-version',
    'content-type',
    'content-length',
    'host',
    'user-agent',
    'traceparent',
    'tracestate',
    'connection',
  ],
])('a connector may set %s neither as a header nor as a credential', (name) => {
  const set = `{ ${name}: "\${CLINIC_TOKEN}" }`;
  const env = () => 'planted-token';
  for (const part of [`headers: ${set.replace('${CLINIC_TOKEN}', 'x')}`, `auth: { header: ${set} }`]) {
    const { problems } = compile(`deliver: { url: "https://clinic.example/", ${part} }\n`, {}, { env });
    expect(problems).toEqual([expect.stringContaining(`the header ${name} is set by ESS`)]);
  }
});

test('files are checked without the variable that holds the host', () => {
  const yaml = PUT.replaceAll(':-https://clinic.example', '');
  expect(compile(yaml, {}, { withoutEnv: true }).problems).toEqual([]);
  expect(compile(yaml).problems).toHaveLength(2);
});

test('without a schema a placeholder is taken as it is, and a value that is no text is a mapping error', () => {
  const { connector } = compile(PUT, {}, { sourceSchema: () => undefined });
  expect(connector.deliver?.request?.fill({ ...RULE, ruleId: ['a'] }, {})).toEqual({
    ok: false,
    reason: 'mapping: ruleId: is no text, number or boolean, and deliver.url asks for {ruleId}',
  });
});

test('a preview shows the request, and counts what a change of it alters', () => {
  const [before, after] = [compile(POST).connector, compile(PUT).connector];
  const rehearsal = new Rehearsal();
  rehearsal.take('one', makeOf(before, RULE), makeOf(after, RULE));
  rehearsal.take('two', makeOf(before, { ...RULE, region: null }), makeOf(after, { ...RULE, region: null }));
  const { fields, samples, newlyFailingReasons } = rehearsal.result;
  expect(samples[0]?.after).toEqual({
    kind: 'document',
    document: { beds: 3 },
    request: {
      method: 'PUT',
      url: 'https://clinic.example/Location/r%201',
      headers: { 'content-type': 'application/fhir+json', 'x-zone': 'north' },
      body: '{"beds":3}',
    },
  });
  expect(fields.map(({ field, added }) => [field, added])).toEqual(
    ['method', 'url', 'headers.content-type', 'headers.x-zone'].map((name) => [`(request).${name}`, 1]),
  );
  expect(newlyFailingReasons).toEqual([
    { reason: 'mapping: region: is null, and deliver.headers.x-zone asks for {region}', records: 1 },
  ]);
});

test('a preview shows a withdrawal without a body', () => {
  const { connector } = compile(PUT.replace('{region}', 'a'));
  expect(makeOf(connector, { ...RULE, status: 'withdrawn' })).toMatchObject({
    request: { method: 'DELETE', url: 'https://clinic.example/gone/r%201', headers: { 'x-zone': 'a' }, body: '' },
  });
});

test('a sample may hold the request, and one that no request can be made of is told', () => {
  const rule = JSON.stringify(RULE);
  const right = {
    method: 'PUT',
    path: '/Location/r%201',
    headers: { 'x-zone': 'north', 'content-type': 'application/fhir+json' },
  };
  const files = (request: object, record = rule) => ({
    'samples/a.rule.json': record,
    'samples/a.body.json': '{ "beds": 3 }',
    'samples/a.request.json': JSON.stringify(request),
  });
  expect(compile(PUT, files(right)).problems).toEqual([]);
  expect(compile(PUT, files({ ...right, path: '/Location/r-1' })).problems).toEqual([
    expect.stringMatching(
      /^connectors\/clinic\/samples\/a.request.json:1 path: the connector makes another request of samples\/a.rule.json than this file says \(it makes /,
    ),
  ]);
  expect(compile(PUT, files(right, JSON.stringify({ ...RULE, region: '' }))).problems).toEqual([
    expect.stringContaining(
      'samples/a.rule.json:1: mapping: region: is empty, and deliver.headers.x-zone asks for {region}',
    ),
  ]);
  expect(compile(POST, files(right)).problems).toEqual([
    expect.stringContaining('samples/a.request.json:1: the connector says nothing of a request but its url'),
  ]);
});

test('the schema of the bodies says how they are sent', () => {
  expect(compile(POST).connector.deliver?.bodySchema).not.toHaveProperty('description');
  expect(compile(PUT).connector.deliver?.bodySchema).toMatchObject({
    description: 'PUT as application/fhir+json. A withdrawal: DELETE without a body.',
  });
});

test('a form has no place for a list of records, and says which one', () => {
  const yaml = 'deliver: { url: "https://clinic.example/rules", body: form }\n';
  const sourceSchema = () => ({
    type: 'record',
    name: 'R',
    fields: [{ name: 'minIcuBeds', type: { type: 'array', items: { type: 'map', values: 'string' } } }],
  });
  expect(compile(yaml, {}, { sourceSchema: sourceSchema as never }).problems).toEqual([
    'connectors/clinic/connector.yaml:4 deliver.body: beds is a list of records, for which a form has no place (map it with "as": "json-text")',
  ]);
  const { connector } = compile(yaml, {}, { sourceSchema: () => undefined });
  expect(connector.deliver?.request?.fill({}, { beds: [{ a: 1 }] })).toEqual({
    ok: false,
    reason: 'mapping: beds: a form has no place for a list of records',
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
import { isDeepStrictEqual } from 'node:util';
import { findSubject } from '@ess/schemas/catalog.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatProblem } from '../../text/problem.ts';
import { isWithdrawn } from '../../values/withdrawn.ts';
import type { CompileOptions } from '../compile.ts';
import { compileConnector } from '../compile.ts';
import type { Connector } from '../connector.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json | undefined };
type Part = { readonly [name: string]: Json };

const ENV: Record<string, string> = {
  H_TOKEN: 'a-long-secret',
  H_SIGN: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  H_URL: 'https://h.example',
};

function compile(files: Readonly<Record<string, string>>, options: Partial<CompileOptions> = {}): Connector {
  const folder = { path: 'connectors/h', partner: 'h', files: new Map(Object.entries(files)) };
  const given = { env: (name: string) => ENV[name], sourceSchema: findSubject, ...options };
  const { connector, problems } = compileConnector(folder, given);
  if (connector === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return connector;
}

/** What a folder may say that goes over the wire, part by part. */
interface Said {
  readonly where: Part;
  readonly fields: Part;
  readonly given: Part;
  readonly values: Part;
  readonly request: Part;
  readonly onLeave: Json;
  readonly withdrawal: Part;
}

const SOURCES: Readonly<Record<string, Json[]>> = {
  ruleId: ['id', { to: 'id', as: 'string' }],
  minIcuBeds: ['beds', 'icu.beds', { to: 'beds', as: 'string' }, { to: 'beds', when: { scope: 'Hospital' } }],
  publishedAt: ['at', { to: 'at', as: 'date-time' }, { to: 'at', as: 'epoch-s' }],
  region: ['zone', 'zones[0]', { to: 'zone', when: 'title' }, { to: 'zone', when: { scope: ['Hospital', 'Clinic'] } }],
  scope: ['unit'],
  title: [
    'name',
    { to: 'name', join: ['title', 'region'] },
    { to: 'name', join: ['region', 'title'] },
    { to: 'name', join: ['title', 'region'], with: ', ' },
  ],
};
const choice = (choices: Readonly<Record<string, readonly Json[]>>): fc.Arbitrary<Part> =>
  fc.record(Object.fromEntries(Object.entries(choices).map(([name, options]) => [name, fc.constantFrom(...options)])), {
    requiredKeys: [],
  }) as fc.Arbitrary<Part>;

const SAID: fc.Arbitrary<Said> = fc.record({
  where: choice({ scope: ['Hospital', ['Hospital', 'Clinic'], ['Clinic']], region: ['north', ['north', 'south']] }),
  fields: choice(SOURCES),
  given: choice({
    constants: [
      { kind: 'Bed' },
      { kind: 'Ward' },
      { 'meta.kind': 'Bed', list: [1, 2] },
      { 'meta.kind': 'Bed', list: [2, 1] },
    ],
    defaults: [{ prio: 'HIGH' }, { prio: 1 }, { prio: '1' }],
  }),
  values: choice({
    scope: [
      { Hospital: 'u1', Clinic: 'u2' },
      { Hospital: 'u2', Clinic: 'u1' },
    ],
    region: [{ north: 'N' }],
  }),
  request: choice({
    url: [
      'https://h.example/{ruleId}',
      'https://h.example/{region}',
      'https://h.example/r?zone={region}',
      '${H_URL}/r',
    ],
    method: ['POST', 'PUT'],
    headers: [{ 'x-zone': '{region}' }, { 'x-zone': 'north' }, { 'x-tenant': '42' }],
    contentType: ['application/fhir+json'],
  }),
  onLeave: fc.constantFrom<Json>(
    'alert',
    'send',
    { method: 'DELETE' },
    { send: 'withdrawal.json', method: 'PATCH' },
    {
      send: 'withdrawal.json',
      url: 'https://h.example/gone/{ruleId}',
    },
  ),
  withdrawal: fc.constantFrom<Part>({ ruleId: 'gone' }, { ruleId: 'id', region: 'zone' }),
});

const PARTS = ['where', 'fields', 'given', 'values', 'request', 'onLeave', 'withdrawal'] as const;

/** As a person writes it; `neutral` may say the same otherwise, or what the partner sees nothing of. */
function filesOf(said: Said, neutral: Neutral = PLAIN): Record<string, string> {
  const { where, fields, given, values, request, onLeave, withdrawal } = said;
  const text = (json: Json) => JSON.stringify(neutral.order(json), null, neutral.indent);
  const { constants, defaults } = given;
  const deliver = { url: 'https://h.example/rules', ...request, ...neutral.deliver } as Record<string, Json>;
  return {
    'connector.yaml': `# ${neutral.comment}\n${text({
      partner: 'h',
      source: { topic: 'rules', where: neutral.where(where) },
      mapping: 'mapping.json',
      deliver,
      onLeave,
      ...neutral.more,
    })}`,
    'mapping.json': text({
      fields: neutral.fields(fields),
      ...(Object.keys(values).length > 0 && { values }),
      ...(constants !== undefined && { constants }),
      ...(defaults !== undefined && { defaults }),
    }),
    'withdrawal.json': text({ fields: withdrawal }),
    ...neutral.files,
  };
}

interface Neutral {
  readonly order: (json: Json) => Json;
  readonly indent: number;
  readonly comment: string;
  readonly where: (where: Part) => Part;
  readonly fields: (fields: Part) => Part;
  readonly deliver: Part;
  readonly more: Part;
  readonly files: Readonly<Record<string, string>>;
}
const PLAIN: Neutral = {
  order: (json) => json,
  indent: 0,
  comment: '',
  where: (where) => where,
  fields: (fields) => fields,
  deliver: {},
  more: {},
  files: {},
};

function turned(json: Json): Json {
  if (Array.isArray(json)) return json.map(turned);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .reverse()
      .map(([name, value]) => [name, turned(value as Json)]),
  );
}

const NEUTRAL: fc.Arbitrary<Neutral> = fc.record({
  order: fc.constantFrom(PLAIN.order, turned),
  indent: fc.integer({ min: 0, max: 4 }),
  comment: fc.stringMatching(/^[ a-z{}:]{0,20}$/),
  where: fc.constantFrom(PLAIN.where, (where) =>
    Object.fromEntries(
      Object.entries(where).map(([name, value]) => [name, Array.isArray(value) ? value.toReversed() : [value]]),
    ),
  ),
  fields: fc.constantFrom(PLAIN.fields, (fields) =>
    Object.fromEntries(Object.entries(fields).map(([name, to]) => [name, typeof to === 'string' ? { to } : to])),
  ),
  deliver: choice({
    auth: [{ bearer: '${H_TOKEN}' }, { body: { token: '${H_TOKEN}' } }, { header: { 'x-key': 'k ${H_TOKEN}' } }],
    sign: [{ secrets: ['${H_SIGN}'] }],
    timeoutMs: [9_000],
    concurrency: [2],
    rateLimit: [{ perSecond: 5 }],
    retry: [{ maxAttempts: 3 }],
    breaker: [{ windowMs: 5_000 }],
    catchUp: ['latest'],
    trace: ['restart', 'off'],
    atRebalance: ['cut'],
    status: [{ 404: 'record' }],
    ack: [{ status: [200], else: 'hold' }],
    tls: [{ servername: 'x.example' }, { minVersion: 'TLSv1.3' }],
    allow: [['10.0.0.0/8']],
  }).map(({ auth, ...rest }): Part => ({ ...rest, ...(auth !== undefined && { auth }) })),
  more: choice({ access: [{ jwtSubject: 'h' }], stampRequired: [true] }),
  files: fc.constantFrom({}, { 'contract.schema.json': '{ "type": "object" }' }),
});

const RULE = {
  version: 3,
  status: 'active',
  title: 'Beds',
  publishedAt: 1_795_000_000_000,
  effectiveDate: '2026-12-01',
};
const RULES = ['Hospital', 'Clinic'].flatMap((scope) =>
  ['north', 'south'].flatMap((region) =>
    ['active', 'withdrawn'].flatMap((status) =>
      [10, null].map((minIcuBeds) => ({ ...RULE, ruleId: `r ${region}`, scope, region, status, minIcuBeds })),
    ),
  ),
);

/** What the partner gets of a rule, said by the parts that the worker sends with. */
function sentOf(connector: Connector, rule: object): unknown {
  const { source, inScope, map, onLeave, deliver } = connector;
  if (!inScope(rule)) return 'out of scope';
  const isOver = isWithdrawn(source.key, rule);
  if (isOver && onLeave === 'alert') return 'a person is told';
  const isTold = isOver && onLeave !== 'alert';
  const mapped = isTold ? onLeave.map(rule) : map(rule);
  if (!mapped.ok) return 'refused';
  const plan = isTold ? onLeave.request : deliver?.request;
  const ever = {
    method: 'POST',
    path: new URL(deliver?.url ?? '').pathname,
    contentType: 'application/json',
    headers: {},
    body: 'json',
  };
  const filled = plan?.fill(rule, mapped.document);
  if (filled?.ok === false) return 'refused';
  return {
    document: mapped.document,
    ...(filled?.parts ?? ever),
    ...(filled?.parts.body === 'none' && { contentType: '' }),
  };
}

const compilable = (files: Record<string, string>): Connector | undefined => {
  try {
    return compile(files);
  } catch {
    return undefined;
  }
};

describe('a connector digest', () => {
  test('says nothing of order, blanks, comments, credentials, limits, timeouts, TLS, acks and contract', () => {
    fc.assert(
      fc.property(SAID, NEUTRAL, (said, neutral) => {
        const [plain, other] = [filesOf(said), filesOf(said, neutral)].map(compilable);
        fc.pre(plain !== undefined && other !== undefined);
        expect(other?.connectorDigest).toBe(plain?.connectorDigest);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  test('is the same only where every rule is sent the same', () => {
    let different = 0;
    fc.assert(
      fc.property(SAID, SAID, fc.constantFrom<keyof Said>(...PARTS), (one, two, part) => {
        const [before, after] = [filesOf(one), filesOf({ ...one, [part]: two[part] })].map(compilable);
        fc.pre(before !== undefined && after !== undefined);
        const [sent, sentNow] = [before, after].map((connector) =>
          RULES.map((rule) => sentOf(connector as Connector, rule)),
        );
        if (isDeepStrictEqual(sent, sentNow)) return;
        different += 1;
        expect(after?.connectorDigest).not.toBe(before?.connectorDigest);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect(different).toBeGreaterThan(15);
  });
});

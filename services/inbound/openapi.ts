// The doors as an OpenAPI 3.1 document, made of connectors and Avro schemas: what a partner's developer and tools read.
// Nothing in it is secret: names of fields and headers, never values.
import type { InboundAuth, InboundHook } from '@ess/domain/connector.ts';
import { isTime } from '@ess/domain/inbound-body.ts';
import type { JsonSchema } from '@ess/domain/json-schema.ts';
import { LIMITS } from './limits.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { hasDefault } from './required-field.ts';
import { samplesOf } from './samples.ts';

export interface DescribedHook {
  readonly partner: string;
  readonly hook: InboundHook;
}

type Schema = Record<string, unknown>;

const PROBLEM = { $ref: '#/components/schemas/Problem' };
const RETRY = { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } };

const ANSWERS: ReadonlyArray<readonly [status: string, description: string, retry?: boolean]> = [
  ['400', 'The body is not JSON that can be read in one way only, or a field is wrong; `errors` names each.'],
  ['401', 'No valid credentials for this path.'],
  ['413', `The body is larger than ${LIMITS.bodyBytes} bytes.`],
  ['415', 'The body is not `application/json` in UTF-8.'],
  ['429', 'More calls than agreed.', true],
  ['503', 'The event cannot be stored now. Send it again, with the same idempotency key.', true],
];

/** @param url of the public listener, as partners reach it */
export function openApi(hooks: readonly DescribedHook[], url: string): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ESS doors',
      version: '1.0.0',
      summary: 'Webhooks that partners ring when something changes on their side.',
      description: `A ring is answered 204 once every in-sync replica of Kafka has the event. Send an \`Idempotency-Key\` (or \`webhook-id\`) and repeat a ring that was not answered under the same key: it is published once.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: [...new Set(hooks.map(({ partner }) => partner))].map((name) => ({
      name,
      description: `Doors of the partner ${name}.`,
    })),
    paths: Object.fromEntries(hooks.map((described) => [described.hook.path, pathItem(described, url)])),
    components: {
      schemas: { Problem: problemSchema() },
      securitySchemes: Object.assign({}, ...hooks.map(({ partner, hook }) => schemesOf(partner, hook.auth))),
    },
  };
}

function pathItem({ partner, hook }: DescribedHook, url: string): Schema {
  const sample = exampleBody(hook);
  const problem = (retry: boolean) => ({
    ...(retry && { headers: { 'Retry-After': RETRY } }),
    content: { [PROBLEM_TYPE]: { schema: PROBLEM } },
  });
  return {
    post: {
      tags: [partner],
      operationId: `ring-${partner}${hook.path.replaceAll(/[^A-Za-z0-9]+/g, '-')}`,
      summary: `An event of ${partner} for ${hook.topic}`,
      description: authText(hook.auth),
      security: securityOf(partner, hook.auth),
      parameters: [KEY_PARAMETER],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: bodySchema(hook), examples: { ring: { value: sample } } } },
      },
      responses: {
        '204': { description: 'The event is stored, now or under the same key before.' },
        ...Object.fromEntries(
          ANSWERS.map(([status, description, retry = false]) => [status, { description, ...problem(retry) }]),
        ),
      },
      'x-codeSamples': samplesOf(hook, new URL(hook.path, url).href, sample),
    },
  };
}

const KEY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'One for each event, the same on every repetition. `webhook-id` of Standard Webhooks does the same.',
  schema: { type: 'string', minLength: 1, maxLength: LIMITS.idempotencyKeyChars, pattern: '^[!-~]+$' },
};

/** The partner's names, the types of the Avro fields behind them, and the secrets that travel in the body. */
export function bodySchema({ mapping, schema, auth }: InboundHook): Schema {
  const top: Schema = { type: 'object', properties: {} };
  const mapped = schema === undefined ? undefined : mapping.bodySchema(schema);
  for (const { target, source, dictionary } of mapping.fields) {
    const known = at(mapped, target) ?? {};
    const time = dictionary === undefined && schema !== undefined && isTime(schema, source);
    const value = time ? { description: 'A date-time, or milliseconds since the epoch.', ...timeSchema(known) } : known;
    put(top, target, value, schema !== undefined && !hasDefault(schema, source));
  }
  const onlyBody = auth.body !== undefined && ways(auth) === 1;
  for (const path of Object.keys(auth.body ?? {}))
    put(top, path.split('.'), { type: 'string', format: 'password', description: 'The secret agreed.' }, onlyBody);
  return top;
}

function timeSchema(known: JsonSchema): Schema {
  const nullable = JSON.stringify(known).includes('"null"');
  const either = [
    { type: 'string', format: 'date-time' },
    { type: 'integer' },
    ...(nullable ? [{ type: 'null' }] : []),
  ];
  return { anyOf: either };
}

function at(schema: JsonSchema | undefined, path: readonly string[]): Schema | undefined {
  let here = schema as Schema | undefined;
  for (const step of path) here = (here?.['properties'] as Record<string, Schema> | undefined)?.[step];
  return here;
}

function put(top: Schema, path: readonly string[], value: Schema, required: boolean): void {
  let holder = top;
  for (const [index, step] of path.entries()) {
    const properties = holder['properties'] as Record<string, Schema>;
    if (required) holder['required'] = [...new Set([...((holder['required'] as string[] | undefined) ?? []), step])];
    if (index === path.length - 1) properties[step] = value;
    else {
      properties[step] ??= { type: 'object', properties: {} };
      holder = properties[step];
    }
  }
}

/** A body that the door would take, but for its secrets. */
function exampleBody(hook: InboundHook): Schema {
  return exampleOf(bodySchema(hook), hook) as Schema;
}

function exampleOf(schema: Schema, hook: InboundHook): unknown {
  const { properties, anyOf, format } = schema as {
    properties?: Record<string, Schema>;
    anyOf?: Schema[];
    format?: string;
  };
  const choices = schema['enum'] as unknown[] | undefined;
  if (properties)
    return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, exampleOf(inner, hook)]));
  if (choices) return choices[0];
  if (anyOf) return exampleOf(anyOf[0] as Schema, hook);
  if (format === 'password') return '$SECRET';
  if (format === 'date-time') return '2026-11-24T10:00:00Z';
  const types = [schema['type']].flat() as string[];
  return EXAMPLES[types[0] ?? ''] ?? null;
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  integer: 3,
  number: 1.5,
  string: 'text',
  boolean: true,
  array: [],
  object: {},
};

/** How many alternatives a caller has. */
const ways = (auth: InboundAuth): number => Object.keys(alternatives('', auth)).length + (auth.body ? 1 : 0);

function alternatives(partner: string, auth: InboundAuth): Record<string, Schema> {
  const headers = Object.keys(auth.headers ?? {});
  return {
    ...(auth.signSecrets.length > 0 && {
      [`${partner}-signature`]: {
        type: 'apiKey',
        in: 'header',
        name: 'webhook-signature',
        description:
          'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; with `webhook-id` and `webhook-timestamp`.',
      },
    }),
    ...(auth.apiKey && { [`${partner}-api-key`]: { type: 'apiKey', in: 'header', name: 'x-api-key' } }),
    ...(auth.jwt && { [`${partner}-token`]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } }),
    ...(auth.clientCertificate !== undefined && { [`${partner}-certificate`]: { type: 'mutualTLS' } }),
    ...Object.fromEntries(headers.map((name) => [`${partner}-header-${name}`, { type: 'apiKey', in: 'header', name }])),
  };
}

const schemesOf = alternatives;

function securityOf(partner: string, auth: InboundAuth): Schema[] {
  const names = Object.keys(alternatives(partner, auth));
  const headers = names.filter((name) => name.startsWith(`${partner}-header-`));
  const single = names.filter((name) => !headers.includes(name)).map((name) => ({ [name]: [] }));
  // All headers together are one way; a secret in the body is no scheme of OpenAPI, so nothing else may be needed.
  const together = headers.length > 0 ? [Object.fromEntries(headers.map((name) => [name, []]))] : [];
  return [...single, ...together, ...(auth.body ? [{}] : [])];
}

function authText(auth: InboundAuth): string {
  const body = Object.keys(auth.body ?? {}).map((path) => `\`${path}\``);
  const inBody = body.length > 0 ? [`a secret in the body (${body.join(', ')})`] : [];
  const headers = Object.keys(auth.headers ?? {}).map((name) => `\`${name}\``);
  const all = [
    ...inBody,
    ...(headers.length > 0 ? [`a secret in the header (${headers.join(', ')})`] : []),
    ...(auth.signSecrets.length > 0 ? ['a Standard Webhooks signature'] : []),
    ...(auth.apiKey ? ['an API key in `x-api-key`'] : []),
    ...(auth.jwt ? ['a bearer token (JWT)'] : []),
    ...(auth.clientCertificate === undefined ? [] : ['a client certificate']),
  ];
  return `Who rings proves it by ${all.join(', or ')}.`;
}

function problemSchema(): Schema {
  return {
    type: 'object',
    description: 'A problem document (RFC 9457).',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'expected', 'detail'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer to the field, e.g. `#/bedsFree`.' },
            expected: { type: 'string' },
            detail: { type: 'string' },
          },
        },
      },
    },
  };
}

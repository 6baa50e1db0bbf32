// The doors as an OpenAPI 3.1 document, made of connectors and Avro schemas: what a partner's developer and tools read.
// Nothing in it is secret: names of fields and headers, never values.
import type { InboundHook } from '@ess/domain/connector/connector.ts';
import { problemSchema } from '@ess/domain/values/problem-document.ts';
import { MEDIA } from '@ess/runtime/listener/media-type.ts';
import { LIMITS } from '../limits.ts';
import { PROBLEM_TYPE } from '../problem.ts';
import { bodySchema, exampleBody } from './body-schema.ts';
import { authText, schemesOf, securityOf } from './credential-schemes.ts';
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
  [
    '413',
    `The body is larger than ${LIMITS.bodyBytes} bytes, or the event than its topic takes, or there are more than ${LIMITS.events} events.`,
  ],
  ['415', 'The body is of no type that is taken here, or not in UTF-8.'],
  ['422', 'This idempotency key came with another body before.'],
  ['429', 'More calls than agreed.', true],
  ['503', 'The event cannot be stored now. Send it again, with the same idempotency key.', true],
];

/** @param url of the public listener, as partners reach it */
export function doorOpenApi(hooks: readonly DescribedHook[], url: string): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ESS doors',
      version: '1.0.0',
      summary: 'Webhooks that partners ring when something changes on their side.',
      description: `A ring is answered 204 once every in-sync replica of Kafka has the event. Send an \`Idempotency-Key\` (or \`webhook-id\`) and repeat a ring that was not answered under the same key: it is published once. The same key with another body is 422. Fields that no door reads are ignored. An array of up to ${LIMITS.events} bodies, as \`application/cloudevents-batch+json\` has it, is several events: all of them are stored, or none.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: [...new Set(hooks.map(({ partner }) => partner))].map((name) => ({
      name,
      description: `Doors of the partner ${name}.`,
    })),
    paths: Object.fromEntries(hooks.map((described) => [described.hook.path, pathItem(described, url)])),
    components: {
      schemas: { Problem: problemSchema({ errors: FIELD_ERRORS }) },
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
        content: contentOf(hook, sample),
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

/** The first one is what /docs shows. */
function contentOf(hook: InboundHook, sample: object): Schema {
  const schema = bodySchema(hook);
  const one = { schema, examples: { ring: { value: sample } } };
  const batch = { schema: { type: 'array', maxItems: LIMITS.events, items: schema } };
  return {
    ...(hook.accept.includes('json') && { [MEDIA.json]: one, 'application/cloudevents-batch+json': batch }),
    ...(hook.accept.includes('form') && { [MEDIA.form]: one }),
  };
}

const KEY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'One for each event, the same on every repetition. `webhook-id` of Standard Webhooks does the same.',
  schema: { type: 'string', minLength: 1, maxLength: LIMITS.idempotencyKeyChars, pattern: '^[!-~]+$' },
};

const FIELD_ERRORS = {
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
};

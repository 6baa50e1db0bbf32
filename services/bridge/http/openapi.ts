// The HTTP side of the bridge as an OpenAPI 3.1 document. Everybody may read it: it is the same for all and names no partner;
// what a document of one's own scope looks like is told to who shows a key (schema-route.ts).
import type { JsonSchema } from '@ess/domain/forms/json-schema.ts';
import { problemSchema } from '@ess/domain/values/problem-document.ts';
import { MAX_BODY_BYTES } from './checkpoint-route.ts';
import { credentialSchemes, streamWaysIn } from './credential-schemes.ts';
import { BUSY_EVENT, CLIENT, CURSOR, DOCUMENT, GAP_EVENT } from './event-schemas.ts';
import { MAX_LIMIT } from './replay-route.ts';

type Schema = Record<string, unknown>;

export interface OpenApiParts {
  /** Whether tokens (JWT) are taken beside API keys. */
  readonly tokens: boolean;
}

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
const RETRY_AFTER = { 'retry-after': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } } };

const refusal = (description: string): Schema => ({ description, content: PROBLEM });
const later = (description: string): Schema => ({ description, headers: RETRY_AFTER, content: PROBLEM });

const UNAUTHORIZED = refusal('No API key or token that is valid here.');
const NO_STREAM = refusal('Yours is known, but has no stream.');
const WRONG = refusal('A parameter or cursor that is not understood, or a cursor that was not given to you.');
const NOT_NOW = later('Not ready, or about to stop: come back.');

const TIME: JsonSchema = {
  type: ['integer', 'string'],
  description: 'Milliseconds since 1970, or ISO 8601; without a zone it is UTC.',
  examples: [1_685_940_000_000, '2026-11-24T10:00:00Z'],
};

const inQuery = (name: string, description: string, schema: JsonSchema): Schema => ({
  name,
  in: 'query',
  description,
  schema,
});
const SINCE = inQuery('since', 'Where to begin.', TIME);
const FROM_CURSOR = inQuery('cursor', 'Where an earlier answer or stream ended; `since` is not read then.', CURSOR);
const UNTIL = inQuery('until', 'Where to end; left out: what there is now.', TIME);
const LIMIT = inQuery('limit', 'Documents of one page; left out: all in one answer.', {
  type: 'integer',
  minimum: 1,
  maximum: MAX_LIMIT,
});
const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'Where the stream was left, as EventSource sends it; counts more than the query.',
  schema: CURSOR,
};

const CLIENT_NAME = inQuery('client', 'Which of your clients asks.', CLIENT);
const CLIENT_HEADER = {
  name: 'ess-client',
  in: 'header',
  description: 'The same as `client`, and counts more.',
  schema: CLIENT,
};

export function streamOpenApi({ tokens }: OpenApiParts): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ESS bridge',
      version: '1.0.0',
      summary: 'Published rules as a stream, and what was missed as one answer.',
      description:
        'Each partner gets the rules of its own scope, in its own words: `/schemas/body.json` says which. What a stream says is in `/asyncapi.json`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to where the document was read.
    servers: [{ url: '/' }],
    security: streamWaysIn(tokens),
    tags: [
      { name: 'rules', description: 'The rules of your scope.' },
      { name: 'interface', description: 'What this interface is.' },
    ],
    paths: {
      '/stream': { get: streamOperation() },
      '/stream/checkpoint': { post: checkpointOperation() },
      '/replay': { get: replayOperation() },
      '/replay/preview': { get: previewOperation() },
      '/schemas/body.json': { get: schemaOperation() },
    },
    components: { schemas: { Problem: problemSchema() }, securitySchemes: credentialSchemes(tokens) },
  };
}

function streamOperation(): Schema {
  return {
    tags: ['rules'],
    operationId: 'stream',
    summary: 'Server-sent events, from a place on',
    description:
      'Without a place: from now on. Each message is one document; its `id` is a cursor, good here and at `/replay`. One that you bring back says that you have everything before it; while you stay connected, `/stream/checkpoint` says so. Ids also come without data. An `ess.gap` event names what retention took before you came, or says that the topic was made anew, or that your cursor is too old to be read; after an `ess.busy` event the stream ends, and `retry` says when to come back.',
    parameters: [LAST_EVENT_ID, FROM_CURSOR, SINCE, CLIENT_NAME, CLIENT_HEADER],
    responses: {
      '200': {
        description: 'The stream. Compressed when gzip is accepted.',
        content: {
          'text/event-stream': {
            schema: { type: 'string' },
            example: 'id: o2.a1b2.AAEC.c3d4\ndata: {"order":"wildfire-7"}\n\n',
          },
        },
      },
      '204': { description: 'The stream you come back to was switched off: do not come back.' },
      '400': WRONG,
      '401': UNAUTHORIZED,
      '403': NO_STREAM,
    },
    'x-events': { 'ess.gap': GAP_EVENT, 'ess.busy': BUSY_EVENT },
  };
}

function checkpointOperation(): Schema {
  return {
    tags: ['rules'],
    operationId: 'checkpoint',
    summary: 'How far you are',
    description:
      'You have everything before this cursor. An older one than you gave before changes nothing. The agency sees by it whether you are in step.',
    parameters: [CLIENT_NAME, CLIENT_HEADER],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { type: 'object', required: ['id'], properties: { id: CURSOR } },
          example: { id: 'o2.a1b2.AAEC.c3d4' },
        },
      },
    },
    responses: {
      '204': { description: 'Noted. It is on record a moment later, also where Kafka is away now.' },
      '400': refusal('No JSON with an `id`, or a cursor that was not given to you or is too old to be read.'),
      '401': UNAUTHORIZED,
      '403': NO_STREAM,
      '408': refusal('The body did not come.'),
      '413': refusal(`More than ${MAX_BODY_BYTES} bytes.`),
      '415': refusal('No `application/json` in UTF-8, or with a content-encoding.'),
      '503': NOT_NOW,
    },
  };
}

function replayOperation(): Schema {
  return {
    tags: ['rules'],
    operationId: 'replay',
    summary: 'What was published between two places',
    description: 'Give `since` or `cursor`. Documents are in order per rule.',
    parameters: [SINCE, FROM_CURSOR, UNTIL, LIMIT, CLIENT_NAME, CLIENT_HEADER],
    responses: {
      '200': {
        description: 'Your documents.',
        headers: {
          'ess-cursor': { description: 'Where this answer ends.', schema: CURSOR },
          'ess-truncated': {
            description:
              'Whether a part is gone: by retention, with a topic that was made anew, or because your cursor is too old to be read.',
            schema: { type: 'boolean' },
          },
          link: { description: 'With `limit`: the next page, as `rel="next"`.', schema: { type: 'string' } },
        },
        content: {
          'application/json': { schema: { type: 'array', items: DOCUMENT } },
          'application/x-ndjson': { schema: { type: 'string', description: 'One document a line.' } },
        },
      },
      '400': WRONG,
      '401': UNAUTHORIZED,
      '403': NO_STREAM,
      '406': refusal('Neither `application/json` nor `application/x-ndjson` is accepted.'),
      '429': later('Too many replays of yours at the same time.'),
      '503': NOT_NOW,
    },
  };
}

function previewOperation(): Schema {
  const time = { type: ['string', 'null'], format: 'date-time' };
  return {
    tags: ['rules'],
    operationId: 'previewReplay',
    summary: 'What a replay would hold',
    parameters: [SINCE, FROM_CURSOR, UNTIL, CLIENT_NAME, CLIENT_HEADER],
    responses: {
      '200': {
        description: 'How many documents, and from when to when.',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['count', 'first', 'last', 'truncated'],
              properties: {
                count: { type: 'integer', minimum: 0 },
                first: time,
                last: time,
                truncated: {
                  type: 'boolean',
                  description: 'A part is gone: by retention, or with a topic that was made anew.',
                },
              },
            },
          },
        },
      },
      '400': WRONG,
      '401': UNAUTHORIZED,
      '403': NO_STREAM,
      '429': later('Too many replays of yours at the same time.'),
      '503': NOT_NOW,
    },
  };
}

function schemaOperation(): Schema {
  return {
    tags: ['interface'],
    operationId: 'bodySchema',
    summary: 'What a document of yours looks like',
    responses: {
      '200': {
        description: 'JSON Schema (2020-12) of the documents of your stream and replays.',
        content: { 'application/schema+json': { schema: { type: 'object' } } },
      },
      '401': UNAUTHORIZED,
      '403': NO_STREAM,
      '503': NOT_NOW,
    },
  };
}

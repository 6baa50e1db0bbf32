// What is said on a stream, as JSON Schema: the same in OpenAPI and AsyncAPI.
import type { JsonSchema } from '@ess/domain/forms/json-schema.ts';
import { CLIENT_NAME } from './client-name.ts';

export const CURSOR: JsonSchema = {
  type: 'string',
  description: 'A place in your rules. Signed, and good for you only.',
  maxLength: 128,
  pattern: '^[A-Za-z0-9._~-]+$',
};

export const CLIENT: JsonSchema = {
  type: 'string',
  description: 'A name of your own for this client, the same each time. Clients without one count as one.',
  pattern: CLIENT_NAME,
};

export const DOCUMENT: JsonSchema = {
  type: 'object',
  description: 'A rule in your own words. Its JSON Schema: /schemas/body.json, with your key.',
};

export const GAP_EVENT: JsonSchema = {
  type: 'object',
  description:
    'Records that were gone before you could be given them, or the topic was made anew. The stream goes on from the earliest there is.',
  required: ['lost'],
  properties: {
    lost: {
      type: 'array',
      items: {
        type: 'object',
        required: ['partition', 'from', 'to'],
        properties: {
          partition: { type: 'integer', minimum: 0 },
          from: {
            type: ['integer', 'null'],
            description: 'First offset that is gone; null: nobody knows, or your offsets are of another topic.',
          },
          to: { type: 'integer', description: 'First offset that is there.' },
        },
      },
    },
  },
};

export const BUSY_EVENT: JsonSchema = {
  type: 'object',
  description: 'The stream ends here: come back after the time that `retry` says.',
  required: ['reason'],
  properties: { reason: { type: 'string', examples: ['drain', 'full', 'limit'] } },
};

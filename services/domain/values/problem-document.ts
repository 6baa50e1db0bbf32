// What both public doors answer when something is wrong: a problem document of RFC 9457.
import type { JsonSchema } from '../forms/json-schema.ts';

/** @param more what one door says beside the usual, by name */
export function problemSchema(more: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  return {
    type: 'object',
    description: 'A problem document (RFC 9457).',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      ...more,
    },
  };
}

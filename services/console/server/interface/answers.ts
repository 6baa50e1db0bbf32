// What the routes of /api/v1 answer, as JSON Schemas of OpenAPI 3.1, by method and path. A route without an entry answers an object.
import { CELL_STATES } from '@ess/domain/view/cell.ts';

export type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: 'string' };
const TIME: Schema = { type: 'string', format: 'date-time' };
const COUNT: Schema = { type: 'integer', minimum: 0 };
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const list = (items: Schema): Schema => ({ type: 'array', items });
/** All of them are there, and others may come with a later version. */
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

const SECONDS = orNull({ type: 'number', minimum: 0 });
const VERSION = { type: ['integer', 'string', 'null'] };
const VALUES = list({ type: ['number', 'null'] });

const CARD = object({
  partner: TEXT,
  inStep: COUNT,
  drifting: COUNT,
  byState: object(Object.fromEntries(CELL_STATES.map((state) => [state, COUNT]))),
  oldestDriftSeconds: SECONDS,
  inStepSince: orNull(TIME),
  cause: orNull(TEXT),
  deadLetters: COUNT,
  latency: orNull(object({ p50Ms: COUNT, p99Ms: COUNT })),
  reach: orNull(object({ since: orNull(TIME), isCut: { type: 'boolean' }, keptSeconds: SECONDS })),
  group: orNull(
    object({
      state: TEXT,
      workers: COUNT,
      lagRecords: COUNT,
      lagSeconds: SECONDS,
      trend: { enum: ['growing', 'shrinking', 'steady', null] },
      etaSeconds: SECONDS,
    }),
  ),
});
const CELL = object({
  partner: TEXT,
  ruleId: TEXT,
  expected: VERSION,
  acked: VERSION,
  state: { enum: CELL_STATES },
  since: TIME,
  why: TEXT,
});
const HISTORY = object({
  partner: TEXT,
  at: TIME,
  stepSeconds: COUNT,
  since: TIME,
  ...{ p50Ms: VALUES, p99Ms: VALUES, deliveredPerSecond: VALUES, failedPerSecond: VALUES, waiting: VALUES },
});

export const ANSWERS: Readonly<Record<string, Schema>> = {
  'GET /me': object({
    ...{ name: TEXT, via: TEXT, until: orNull(TIME) },
    partners: list(object({ partner: TEXT, actions: list(TEXT) })),
  }),
  'GET /overview': object({ at: TIME, behindSeconds: { type: 'number' }, partners: list(CARD) }),
  'GET /cells': object({ at: TIME, total: COUNT, from: COUNT, cells: list(CELL) }),
  'GET /rules': object({ rules: list(TEXT) }),
  'GET /labels': object({ scopes: list(TEXT), regions: list(TEXT) }),
  'GET /rules/{id}': object({ at: TIME, ruleId: TEXT, cells: list(CELL) }),
  'GET /partners/{name}': object({ card: CARD, status: orNull({ type: 'object' }) }),
  'GET /partners/{name}/history': HISTORY,
  'GET /history': object({ partners: list(HISTORY) }),
};

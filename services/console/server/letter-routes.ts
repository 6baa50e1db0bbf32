// What somebody asks of dead letters and orders of them: lists come from what is followed; one letter whole is read from Kafka, on record.
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import { parseMoment } from '@ess/domain/text/moment.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { FastifyInstance } from 'fastify';
import type { ShownLetters, ShownState, WholeLetter } from '../facts/letters.ts';
import type { LongAnswers } from '../long-answers.ts';
import { onLines } from '../making/made.ts';
import type { ByOf } from '../orders/by.ts';
import { reasonOf } from '../orders/by.ts';
import type { LetterBoard } from '../orders/letter-board.ts';
import type { Orders } from '../orders/orders.ts';
import { notThere } from '../rights/refused.ts';
import { must, sees } from '../rights/subject.ts';
import { answered, GIVE, GIVE_NAMED, mustConfirm, NOT_FROZEN, REASON, TEXT, usage } from './questions.ts';

export interface LetterOptions {
  readonly board: () => Promise<LetterBoard>;
  /** Orders about letters that are carried out now; null: they cannot be read. */
  readonly running: () => readonly Command[] | null;
  readonly orders: Orders;
  readonly byOf: ByOf;
  readonly kafka: Kafka;
  readonly codec: Codec;
  readonly previews: LongAnswers;
}

/** All of them are in the page, since a record that somebody reads must stay where it is: fewer than 80, as of every list. */
const LISTED_MAX = 75;
const READ_WITHIN_MS = 10_000;
const STATES: readonly ShownState[] = [
  'parked',
  'redriving',
  'redriven',
  'superseded',
  'skipped',
  'dropped',
  'expired',
];
const FILTER = { reason: TEXT, rule: TEXT, since: TEXT, until: TEXT } as const;
const LIST_QUERY = {
  type: 'object',
  properties: { ...FILTER, partner: TEXT, state: { type: 'string', enum: STATES } },
};
const PLAN_BODY = {
  type: 'object',
  required: ['kind'],
  properties: {
    // What a letter was parked for is `reason`; why somebody acts is said when they do.
    ...FILTER,
    kind: { type: 'string', enum: ['redrive', 'drop'] },
    force: { type: 'boolean', default: false },
  },
  additionalProperties: false,
} as const;
const SHOW_BODY = {
  type: 'object',
  required: ['place'],
  properties: { place: { type: 'string', pattern: '^\\d{1,9}:\\d{1,15}$' }, reason: REASON },
  additionalProperties: false,
} as const;

interface Filter {
  readonly reason?: string;
  readonly rule?: string;
  readonly since?: string;
  readonly until?: string;
}
interface Named {
  readonly Params: { readonly name: string };
}
type Kind = 'redrive' | 'drop';

export function addLetterRoutes(api: FastifyInstance, options: LetterOptions): void {
  const { board, running, orders, byOf, previews } = options;

  api.get<{ Querystring: Filter & { partner?: string; state?: ShownState } }>(
    '/letters',
    { schema: { querystring: LIST_QUERY } },
    async ({ query, subject }): Promise<ShownLetters> => {
      const { partner, state, ...filter } = query;
      const question = { ...askOf(filter), ...(partner && { partner }), ...(state && { state }) };
      return (await answered(board)).find(question, sees(subject), LISTED_MAX, running());
    },
  );

  api.post<Named & { Body: { place: string; reason: string } }>(
    '/partners/:name/letters/show',
    { schema: { body: SHOW_BODY } },
    async (request): Promise<WholeLetter> => {
      const { name } = request.params;
      must(request, 'payload', name);
      const { place, reason } = request.body;
      const shown = (await answered(board)).at(place);
      if (shown?.partner !== name) throw notThere(`${name} has no dead letter at ${place}`);
      // As of a record that is made again: what is left out of a document is not for the partner.
      const isGuest = request.subject.isGuestAt(name);
      const whole = isGuest ? FOR_GUEST : await answered(() => wholeLetter(options, place));
      if (!whole) throw notThere(`the dead letter at ${place} has expired`);
      const [topic = '', partition, offset] = shown.position.split(':');
      const at = { topic, partition: Number(partition), offset: Number(offset), ruleId: shown.ruleId };
      await api.onRecord(request, { partner: name, what: 'payload', reason: reasonOf(reason), ...at });
      return { ...shown, ...whole };
    },
  );

  api.post<Named & { Body: Filter & { kind: Kind; force: boolean } }>(
    '/partners/:name/letters/plan',
    { schema: { body: PLAN_BODY } },
    async (request, reply) => {
      const { name } = request.params;
      const { kind, force, ...filter } = request.body;
      must(request, kind, name);
      const ask = { ...askOf(filter), force };
      using preview = previews.begin(request, reply, () => request.subject.may(kind, name));
      return await answered(() => orders.planLetters(name, kind, ask, request.subject.name, preview.signal));
    },
  );

  for (const kind of ['redrive', 'drop'] as const)
    api.post<Named & { Body: { id: string; confirm?: string; reason?: string } }>(
      `/partners/:name/letters/${kind}`,
      { schema: { body: kind === 'drop' ? GIVE_NAMED : GIVE } },
      async (request) => {
        const { name } = request.params;
        must(request, kind, name);
        const { id, confirm, reason } = request.body;
        if (confirm !== undefined) mustConfirm(name, confirm);
        return answered(async () => {
          const given = orders.giveLetters(name, id, kind, byOf(request, reason));
          if (!given) throw usage(NOT_FROZEN);
          return given;
        });
      },
    );
}

function askOf({ since, until, ...filter }: Filter) {
  try {
    return {
      ...filter,
      ...(since !== undefined && { sinceMs: parseMoment(since, 'since') }),
      ...(until !== undefined && { untilMs: parseMoment(until, 'until') }),
    };
  } catch (error) {
    throw usage((error as Error).message);
  }
}

type Whole = Pick<WholeLetter, 'key' | 'headers' | 'record' | 'unreadable' | 'valueBase64'>;

const FOR_GUEST: Whole = {
  ...{ key: null, headers: {}, record: null, valueBase64: null },
  unreadable: 'a partner at its own window is not shown our record: "made again" shows what it was sent',
};

/** @returns undefined: it is not there any more */
async function wholeLetter({ kafka, codec }: LetterOptions, place: string): Promise<Whole | undefined> {
  const [partition = 0, offset = 0] = place.split(':').map(Number);
  const within = new Map([[partition, { from: offset, to: offset + 1 }]]);
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  for await (const batch of rows(codec, DEAD_LETTER_TOPIC, read(kafka, { topic: DEAD_LETTER_TOPIC, within, signal })))
    for (const { row, record } of batch) {
      if (record.offset !== offset) continue;
      const { key, value, headers } = row;
      await codec.prepare([value]);
      const decoded = codec.decode(value);
      const isGone = leftOutOf(row).some(({ part }) => part === 'value');
      const gone = 'the value was left out for its size: its record is in the source topic while that keeps it';
      return {
        key: key && textOf(key),
        headers: Object.fromEntries(headers.map((one) => [one.key, one.value && textOf(one.value)])),
        record: decoded.ok ? onLines(shownValue(decoded.record)) : null,
        unreadable: decoded.ok ? null : isGone ? gone : decoded.detail,
        valueBase64: isGone || value === null ? null : value.toString('base64'),
      };
    }
  return undefined;
}

/** Bytes that are no text are shown in base64. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : `base64:${bytes.toString('base64')}`;
}

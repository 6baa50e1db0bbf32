// What a record of others may weigh, and when it may be from: both are theirs to choose.
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import type { KafkaMessage } from 'kafkajs';

/** The last moment of the calendar: what is later, up to 2^63 ms, is no number that could be written into a row. */
const TIME_MAX_MS = 8_640_000_000_000_000;

interface Foreign {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly message: Pick<KafkaMessage, 'headers'>;
}

/** Bytes of a record in memory: a small value may have a large key or headers. */
export function weightOf({ key, value, message: { headers } }: Foreign): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  if (headers)
    for (const name of Object.keys(headers)) {
      const found = headers[name];
      bytes += name.length;
      if (!Array.isArray(found)) bytes += found?.length ?? 0;
      else for (const one of found) bytes += one?.length ?? 0;
    }
  return bytes;
}

/** @returns ms since 1970, -1 when the record has no time */
export const timeOf = ({ timestamp }: Pick<KafkaMessage, 'timestamp'>): number =>
  Math.max(-1, Math.min(Number(timestamp), TIME_MAX_MS));

/** As a dead letter keeps them. A header may have no value, and a name several. */
export function letterHeaders({ headers = {} }: Pick<KafkaMessage, 'headers'>): DeadLetter['headers'] {
  return Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({
      key,
      value: value == null ? null : Buffer.from(value),
    })),
  );
}

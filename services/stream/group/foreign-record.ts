// The headers of a record of others, which are theirs to choose.
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import type { Headers } from '../wire/record-batches.ts';
import { addHeader } from '../wire/record-batches.ts';

/** As a dead letter keeps them. A header may have no value, and a name several. */
export function letterHeaders(headers: Headers): DeadLetter['headers'] {
  return Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => ({ key, value: value ?? null })),
  );
}

/** As the record of the letter had them. */
export function recordHeaders(kept: DeadLetter['headers']): Headers {
  const headers = Object.create(null) as Headers;
  for (const { key, value } of kept) addHeader(headers, key, value ?? undefined);
  return headers;
}

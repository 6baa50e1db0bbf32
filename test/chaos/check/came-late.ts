// A request that lay in the connection: its bytes were with the partner when the worker gave up waiting, and the partner reads them
// when it comes to itself, in any order. They cannot be taken back, so it was not sent again.
import type { Receipt } from './evidence.ts';
import type { Story } from './story.ts';

/** Its row says so before the one of the ack does; what is sent anew has a row that comes after it. */
export function cameLate({ rows }: Story, { attempt, atMs }: Receipt): boolean {
  const delivered = rows.find(({ outcome }) => outcome === 'delivered');
  const onRecordMs = delivered?.writtenAtMs ?? Number.POSITIVE_INFINITY;
  const same = rows.filter((row) => row.attempt === attempt);
  const timedOut = same.some(
    ({ reason, status, writtenAtMs }) =>
      // The row of a last attempt says that there was none left.
      (reason === 'ETIMEDOUT' || (reason === 'exhausted' && status === null)) && writtenAtMs < onRecordMs,
  );
  return timedOut && same.every(({ writtenAtMs }) => writtenAtMs < atMs);
}

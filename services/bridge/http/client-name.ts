// Which of a partner's clients asks: the name that it gives itself, so that what one has is told apart from what another has.
import type { IncomingMessage } from 'node:http';
import { NAMELESS } from '@ess/domain/stream/partner-receipts.ts';
import { HttpProblem } from './http-answer.ts';

export const CLIENT_NAME = '^[A-Za-z0-9._~-]{1,64}$';
const NAME = new RegExp(CLIENT_NAME);

/** An EventSource cannot send the header `ess-client`, which counts more than `?client=`. @throws Problem 400 */
export function clientName(request: Pick<IncomingMessage, 'headers'>, url: URL): string {
  const name = request.headers['ess-client'] ?? url.searchParams.get('client');
  if (name === null) return NAMELESS;
  if (NAME.test(String(name))) return String(name);
  throw new HttpProblem(
    400,
    'Wrong parameter',
    'client: 1 to 64 characters of A-Z a-z 0-9 . _ ~ -, the same each time',
  );
}

// POST /stream/checkpoint {"id":"<cursor>"}: a client that stays connected says how far it is. Answered as soon as it is noted;
// Kafka has it a moment later (receipt-topic.ts).
import type { IncomingMessage } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { JSON_TYPE } from '@ess/domain/request/media-type.ts';
import { kindOfBody } from '@ess/runtime/listener/media-type.ts';
import type { Hub } from '../live/hub.ts';
import type { Principals } from '../principals.ts';
import type { Receipts } from '../receipts/receipts.ts';
import { notNow, principalOf } from './admission.ts';
import { clientName } from './client-name.ts';
import type { HttpAnswer } from './http-answer.ts';
import { answer, HttpProblem } from './http-answer.ts';
import { heldAt, placeOfCursor } from './place.ts';

export interface CheckpointRoute {
  readonly hub: Pick<Hub, 'channels' | 'publicLog' | 'source'>;
  readonly principals: Principals;
  readonly receipts: Pick<Receipts, 'brought'>;
}

/** A cursor has 128 characters. */
export const MAX_BODY_BYTES = 4_096;
const BODY_WITHIN_MS = 10_000;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

export async function checkpoint(
  { hub, principals, receipts }: CheckpointRoute,
  request: IncomingMessage,
  response: HttpAnswer,
  url: URL,
): Promise<void> {
  const { partner } = await principalOf(principals, request, url);
  const client = clientName(request, url);
  const id = idIn(await bodyOf(request, response));
  const view = hub.channels.get(partner)?.view;
  if (!view) throw notNow('starting');
  // Of another partner, changed, or of a key that nobody can check any more: no receipt of anything.
  if (!view.cursors.read(id))
    throw new HttpProblem(
      400,
      'Unknown cursor',
      'id: this cursor was not given to you, is damaged, or too old to be read',
    );
  const held = heldAt(placeOfCursor(view, hub.publicLog, hub.source.partitions.length, id));
  if (held) receipts.brought(partner, client, held);
  answer(response, 204, {});
}

/** @throws Problem 400 */
function idIn(body: Buffer): string {
  try {
    const { id } = JSON.parse(UTF8.decode(body)) as { readonly id?: unknown };
    if (typeof id === 'string') return id;
  } catch {
    // Told below.
  }
  throw new HttpProblem(400, 'Wrong body', 'send {"id":"<the newest id of your stream>"}');
}

/** @throws Problem 408, 413 or 415: as at the doors, what follows on the connection is not read then */
async function bodyOf(request: IncomingMessage, response: HttpAnswer): Promise<Buffer> {
  const kind = kindOfBody(request.headers);
  if (kind !== 'json') {
    const isPacked = typeof kind === 'object' && 'accept-encoding' in kind.headers;
    const detail = isPacked ? kind.detail : `send ${JSON_TYPE} in UTF-8`;
    throw unread(request, response, 415, 'Unsupported media type', detail, { 'accept-post': JSON_TYPE });
  }
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const refuse = (status: number, title: string, detail: string) => {
      clearTimeout(late);
      request.off('data', take);
      reject(unread(request, response, status, title, detail));
    };
    const take = (part: Buffer) => {
      bytes += part.length;
      parts.push(part);
      if (bytes > MAX_BODY_BYTES) refuse(413, 'Content too large', `send at most ${MAX_BODY_BYTES} bytes`);
    };
    const late = setTimeout(() => refuse(408, 'Request timeout', 'the body did not come'), BODY_WITHIN_MS);
    request.on('data', take);
    request.once('end', () => {
      clearTimeout(late);
      resolve(Buffer.concat(parts));
    });
    // Nobody is there to be answered.
    response.once('close', () => clearTimeout(late));
  });
}

/** The answer to a request whose body was not read to its end: whatever else it sends is nobody's. */
function unread(
  request: IncomingMessage,
  response: HttpAnswer,
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): HttpProblem {
  if (request.httpVersionMajor === 2) {
    const { stream } = response as Http2ServerResponse;
    stream.once('finish', () => stream.close());
    return new HttpProblem(status, title, detail, headers);
  }
  request.resume();
  return new HttpProblem(status, title, detail, { ...headers, connection: 'close' });
}

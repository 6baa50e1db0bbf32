// GET /replay and /replay/preview: what a partner missed, as one answer. The same stretches as the stream's catch-up, so what
// one reads the other finds at hand.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { timeText } from '@ess/domain/text/moment.ts';
import type { PartitionBounds } from '@ess/stream/read/topic-reader.ts';
import type { SharedStretch } from '../history/stretch-cache.ts';
import type { Channel } from '../live/channel.ts';
import type { Hub } from '../live/hub.ts';
import type { Principal, Principals } from '../principals.ts';
import type { Receipts } from '../receipts/receipts.ts';
import { everythingBefore, lostBetween } from '../topic/gap.ts';
import type { Vector } from '../topic/vector.ts';
import { isSame } from '../topic/vector.ts';
import { notNow, principalOf, RETRY_AFTER } from './admission.ts';
import { clientName } from './client-name.ts';
import type { HttpAnswer } from './http-answer.ts';
import { answerJson, CORS, HttpProblem, isGone } from './http-answer.ts';
import type { StartPlace } from './place.ts';
import { heldAt, positionAt, readPlace, timeIn } from './place.ts';

export interface ReplayRoute {
  readonly hub: Hub;
  readonly principals: Principals;
  readonly receipts: Pick<Receipts, 'brought'>;
  /** Replays of one partner at the same time. */
  readonly perPartner: number;
  readonly busy: () => string | undefined;
  readonly running: Map<string, number>;
}

interface Window {
  readonly channel: Channel;
  readonly from: Vector;
  readonly to: Vector;
  readonly truncated: boolean;
  /** Of the public log when these offsets were found. */
  readonly changes: number;
}

/** A page is held in memory until its end is known. */
export const MAX_LIMIT = 100_000;
const MAX_PAGE_BYTES = 33_554_432;

export async function replay(
  route: ReplayRoute,
  request: IncomingMessage,
  response: HttpAnswer,
  url: URL,
): Promise<void> {
  await admitted(route, request, url, async (principal) => {
    const window = await windowOf(route, principal, request, url);
    const { truncated, channel, to } = window;
    const form = FORMS[formOf(request)];
    const limit = readLimit(url.searchParams.get('limit'));
    const headers = {
      ...CORS,
      'cache-control': 'no-store',
      'content-type': form.type,
      'ess-truncated': String(truncated),
    };
    if (limit !== undefined) {
      const page = await readPage(route, window, limit, response);
      const cursor = channel.view.cursor(page.to, 0);
      const more = isSame(page.to, to) ? {} : { link: `<${nextUrl(url, cursor)}>; rel="next"` };
      const body = form.join(page.documents);
      (response as ServerResponse).writeHead(200, { ...headers, ...more, 'ess-cursor': cursor });
      (response as ServerResponse).end(request.method === 'HEAD' ? undefined : body);
      return;
    }
    (response as ServerResponse).writeHead(200, { ...headers, 'ess-cursor': channel.view.cursor(to, 0) });
    if (request.method === 'HEAD') return void response.end();
    const out = response as ServerResponse;
    out.write(form.open);
    let first = true;
    for await (const stretch of stretches(route.hub, window, response)) {
      if (stretch.events === 0) continue;
      const taken = out.write(
        (first ? '' : form.between) + form.inside(Array.from(stretch.documents(), ({ text }) => text)),
      );
      first = false;
      if (!taken && !isGone(out)) await drained(out);
    }
    // One that was cut must not look whole: Node would still send its end from behind another answer.
    if (!isGone(out)) out.end(form.close(first));
  });
}

/** A client that has not taken a piece by then takes no more; its place is another's. */
const PIECE_MS = 120_000;

function drained(out: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(late);
      out.off('drain', over).off('close', over);
      resolve();
    };
    const late = setTimeout(() => {
      out.destroy();
      over(); // the place is another's even if no `close` comes
    }, PIECE_MS);
    out.once('drain', over).once('close', over);
  });
}

export async function previewReplay(
  route: ReplayRoute,
  request: IncomingMessage,
  response: HttpAnswer,
  url: URL,
): Promise<void> {
  await admitted(route, request, url, async (principal) => {
    const window = await windowOf(route, principal, request, url);
    let count = 0;
    let firstMs: number | undefined;
    let lastMs: number | undefined;
    let lost = false;
    for await (const stretch of stretches(route.hub, window, response)) {
      count += stretch.events;
      firstMs ??= stretch.firstMs;
      lastMs = stretch.lastMs ?? lastMs;
      lost ||= stretch.lost.length > 0;
    }
    const time = (ms: number | undefined) => (ms === undefined ? null : timeText(ms));
    answerJson(response, { count, first: time(firstMs), last: time(lastMs), truncated: window.truncated || lost });
  });
}

async function admitted(
  { principals, running, perPartner, busy }: ReplayRoute,
  request: IncomingMessage,
  url: URL,
  serve: (principal: Principal) => Promise<void>,
): Promise<void> {
  const principal = await principalOf(principals, request, url);
  const why = busy();
  if (why !== undefined) throw notNow(why);
  const { partner } = principal;
  const now = running.get(partner) ?? 0;
  if (now >= perPartner)
    throw new HttpProblem(429, 'Too many replays', `${perPartner} at a time: wait for one to end`, RETRY_AFTER);
  running.set(partner, now + 1);
  try {
    await serve(principal);
  } finally {
    running.set(partner, (running.get(partner) ?? 1) - 1);
  }
}

/** Up to what the topic holds now, so that every replay ends. */
async function windowOf(
  { hub, receipts }: ReplayRoute,
  { partner }: Principal,
  request: IncomingMessage,
  url: URL,
): Promise<Window> {
  const query = url.searchParams;
  const client = clientName(request, url);
  const channel = hub.channels.get(partner);
  if (!channel) throw notNow('starting');
  const { changes } = hub.publicLog;
  const place = readPlace(channel.view, hub.publicLog, hub.source.partitions.length, undefined, query);
  if (place.kind === 'now' && !place.isGap)
    throw new HttpProblem(400, 'Missing parameter', 'since: give a time, or cursor: where an earlier answer ended');
  const until = query.get('until');
  const untilMs = until === null ? undefined : timeIn('until', until);
  const bounds = await hub.source.bounds();
  const end = bounds.map((bound) => bound.end);
  const last = untilMs === undefined ? end : (await positionAt(hub.source, untilMs)).vector;
  const start = place.kind === 'time' ? await positionAt(hub.source, place.sinceMs) : ofPosition(place, bounds);
  const to = end.map((offset, partition) => Math.min(offset, last[partition] ?? offset));
  const from = to.map((offset, partition) => Math.min(offset, start.vector[partition] ?? 0));
  const truncated = start.truncated.length > 0 || lostBetween(from, to, bounds).length > 0;
  // What was read meanwhile is of two logs: a cursor made of it would belong to neither.
  if (changes !== hub.publicLog.changes) throw notNow('the topic was made anew');
  const isElsewhere = place.kind === 'position' && start.vector !== place.vector;
  const held = isElsewhere ? undefined : heldAt(place);
  if (held) receipts.brought(partner, client, held);
  return { channel, from, to, truncated, changes };
}

/** One of another log or a retired key begins at the start: what came before is gone. So does one that lies beyond the end. */
function ofPosition(place: Exclude<StartPlace, { kind: 'time' }>, bounds: readonly PartitionBounds[]) {
  if (place.kind === 'now') {
    const vector = bounds.map(({ end }) => end);
    return { vector, truncated: everythingBefore(vector) };
  }
  if (place.kind === 'position' && bounds.every(({ end }, partition) => (place.vector[partition] ?? 0) <= end))
    return { vector: place.vector, truncated: [] };
  const vector = bounds.map(({ low }) => low);
  return { vector, truncated: everythingBefore(vector) };
}

/** Up to the window's end, or until nobody takes the answer. @throws Problem 503 when the topic was made anew meanwhile */
async function* stretches(
  hub: Hub,
  { channel, from, to, changes }: Window,
  response: HttpAnswer,
): AsyncGenerator<SharedStretch> {
  let at = from;
  const { view } = channel;
  while (!isSame(at, to) && !isGone(response)) {
    const { stretch, release } = await hub.stretches.next(view, at, to);
    try {
      if (changes !== hub.publicLog.changes) throw notNow('the topic was made anew');
      yield stretch;
    } finally {
      release();
    }
    at = stretch.to;
  }
}

interface Page {
  readonly documents: string[];
  readonly to: Vector;
}

async function readPage({ hub }: ReplayRoute, window: Window, limit: number, response: HttpAnswer): Promise<Page> {
  const { channel, from } = window;
  const documents: string[] = [];
  let bytes = 0;
  let at = from;
  for await (const stretch of stretches(hub, window, response)) {
    for (const { text, cursor: after } of stretch.documents()) {
      documents.push(text);
      bytes += text.length;
      if (documents.length < limit && bytes < MAX_PAGE_BYTES) continue;
      // In the middle of a stretch: the event's own id says where the next page begins.
      const cursor = channel.view.cursors.read(after());
      if (cursor?.kind === 'position') return { documents, to: cursor.offsets };
    }
    at = stretch.to;
  }
  return { documents, to: at };
}

function readLimit(text: string | null): number | undefined {
  if (text === null) return undefined;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_LIMIT)
    throw new HttpProblem(400, 'Wrong parameter', `limit: a number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function nextUrl(url: URL, cursor: string): string {
  const query = new URLSearchParams(url.searchParams);
  for (const name of ['since', 'access_token']) query.delete(name);
  query.set('cursor', cursor);
  return `${url.pathname}?${query}`;
}

const FORMS = {
  array: {
    type: 'application/json',
    open: '[',
    between: ',\n',
    inside: (documents: readonly string[]) => documents.join(',\n'),
    close: () => ']\n',
    join: (documents: readonly string[]) => `[${documents.join(',\n')}]\n`,
  },
  lines: {
    type: 'application/x-ndjson',
    open: '',
    between: '\n',
    inside: (documents: readonly string[]) => documents.join('\n'),
    close: (empty: boolean) => (empty ? '' : '\n'),
    join: (documents: readonly string[]) => (documents.length === 0 ? '' : `${documents.join('\n')}\n`),
  },
};

function formOf(request: IncomingMessage): keyof typeof FORMS {
  const accepted = request.headers.accept ?? '*/*';
  if (/application\/(x-)?(ndjson|jsonl)/i.test(accepted)) return 'lines';
  if (/application\/(json|\*)|\*\/\*/i.test(accepted)) return 'array';
  throw new HttpProblem(406, 'Not acceptable', 'there is application/json and application/x-ndjson');
}

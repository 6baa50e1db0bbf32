// Where a request begins, over real sockets: times as they may be written, and cursors of keys that are there no more.
import { CursorSigner } from '@ess/domain/stream/cursor.ts';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { QUIET_KEY, quietBridge, streamingPartner } from '@ess/test/fakes/streams/quiet-bridge.ts';
import { expect, test } from '@jest/globals';

const { key, hash } = newApiKey();

test('a time is taken as it is written, a + that became a space and all; a wrong one is answered by what to write', async () => {
  await using bridge = await quietBridge();
  bridge.put(streamingPartner('kiosk', 'title', hash));
  const good = [
    '2026-11-24T10:00:00+02:00',
    '2026-11-24T10:00:00%2B02:00',
    '2026-11-24',
    '2026-11-24+10:00',
    '1764000000000',
  ];
  for (const time of [...good, '2026-11-24T10:00:00.123456', '1764000000000000', '0'])
    for (const query of [`since=${time}`, `since=0&until=${time}`]) {
      const { status, text } = await bridge.get(`/replay?${query}`, key);
      expect([query, status, text]).toEqual([query, 200, '[]\n']);
    }
  for (const [time, remedy] of [
    ['1764000000', 'since: 1764000000 are seconds: write milliseconds, 1764000000000'],
    ['2026', 'since: 2026 is a year: write 2026-01-01'],
    ['yesterday', 'since: write milliseconds since 1970, or a time as 2026-11-24T10:00:00Z'],
  ] as const)
    for (const path of ['/replay', '/replay/preview', '/stream']) {
      const { status, text } = await bridge.get(`${path}?since=${time}`, key);
      expect([path, status, JSON.parse(text).detail]).toEqual([path, 400, remedy]);
    }
  const { text } = await bridge.get('/replay?since=0&until=1764000000', key);
  expect(JSON.parse(text).detail).toMatch(/^until: 1764000000 are seconds/);
});

/** The answer's first event with a name, and the id that was given with it or before. */
async function firstEvent(url: string, headers: Record<string, string>) {
  const ending = new AbortController();
  const answer = await fetch(url, { headers: { 'x-api-key': key, ...headers }, signal: ending.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of answer.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    if (/event: .*\ndata: .*\n\n/.test(text)) break;
  }
  const [, id, name, data = ''] = /id: (.*)\nevent: (.*)\ndata: (.*)\n\n/.exec(text) ?? [];
  return { status: answer.status, id, name, data: JSON.parse(data) as object };
}

test.each([
  ['start', '', 5],
  ['now', ', unknownCursor: now', 9],
])('a cursor of a retired key is 200 and ess.gap, and goes on from the %s', async (_, more, to) => {
  await using bridge = await quietBridge({ low: 5, end: 9 });
  bridge.put(streamingPartner('kiosk', 'title', hash, true, more));
  const signer = new CursorSigner('a key of before', 'kiosk');
  for (const old of [signer.position([7], 1_795_000_000_000), signer.cursor(1_795_000_000_000)]) {
    for (const [query, headers] of [
      ['', { 'last-event-id': old }],
      [`?cursor=${old}`, {}],
    ] as const) {
      const { status, id, name, data } = await firstEvent(`${bridge.url}/stream${query}`, headers);
      expect([status, name, data]).toEqual([200, 'ess.gap', { lost: [{ partition: 0, from: null, to }] }]);
      // With the id that it was given the client is known again.
      const again = await fetch(`${bridge.url}/replay?cursor=${id}`, { method: 'HEAD', headers: { 'x-api-key': key } });
      expect([again.status, again.headers.get('ess-truncated')]).toEqual([200, 'false']);
    }
    const replay = await fetch(`${bridge.url}/replay?cursor=${old}`, { method: 'HEAD', headers: { 'x-api-key': key } });
    expect([replay.status, replay.headers.get('ess-truncated')]).toEqual([200, 'true']);
  }
  expect((await bridge.metrics.registry.metrics()).match(/ess_stream_gaps_total\{partner="kiosk"\} (\d+)/)?.[1]).toBe(
    '4',
  );
});

test('what was never a cursor of this partner is refused as before', async () => {
  await using bridge = await quietBridge();
  bridge.put(streamingPartner('kiosk', 'title', hash));
  const other = new CursorSigner(QUIET_KEY, 'another').cursor(1);
  for (const cursor of ['made-up', other, `${new CursorSigner('old', 'kiosk').cursor(1)}x`, 'o2.abcd.x.y'])
    for (const path of ['/stream', '/replay', '/replay/preview'])
      expect((await bridge.get(`${path}?cursor=${cursor}`, key)).status).toBe(400);
});

// /stream and /replay on real Kafka: each partner sees its own scope and nothing else, in every way there is to ask.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { EventSourceClient } from '../fakes/streams/event-source.ts';
import { TokenIssuer } from '../fakes/tokens.ts';
import { eventually } from '../harness/deadline.ts';
import { rulesOf, StreamLine, versions } from '../harness/programs/stream-line.ts';
import { openTestStack } from '../harness/test-stack.ts';

const get = async (url: string, key: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers: { 'x-api-key': key, ...headers } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const sorted = (values: readonly unknown[]) => [...values].sort((a, b) => Number(a) - Number(b));

test.concurrent('a partner sees its own scope live, resumed and replayed, each event once, and nothing of another partner by any door', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack);
  const a = line.partner('Hospital');
  const b = line.partner('Species', { fields: { version: 'version', title: 'order' } });
  const bridge = await line.bridge();
  await using clientA = await line.listening(bridge, a);
  await using clientB = await line.listening(bridge, b);
  const sinceMs = Date.now() - 1_000;
  for (let step = 0; step < 10; step += 1)
    await line.publish([
      ...rulesOf('Hospital', step * 10, step * 10 + 10),
      ...rulesOf('Species', 1000 + step, 1001 + step),
    ]);
  await clientA.until('A has all', ({ documents }) => documents.length >= 100);
  await clientB.until('B has all', ({ documents }) => documents.length >= 10);
  expect(sorted(versions(clientA))).toEqual(Array.from({ length: 100 }, (_, at) => at));
  expect(sorted(versions(clientB))).toEqual(Array.from({ length: 10 }, (_, at) => 1000 + at));

  // Resumed in the middle: exactly what followed, live or from Kafka.
  const middle = clientA.events[49]?.id as string;
  await using resumed = line.listen(bridge, a, '', { lastEventId: middle });
  await resumed.until('the rest', ({ documents }) => documents.length >= 50);
  expect(resumed.events.map(({ data }) => data)).toEqual(clientA.events.slice(50).map(({ data }) => data));

  // Another process, by the same cursor.
  const other = await line.bridge();
  await using moved = line.listen(other, a, '', { lastEventId: middle });
  await moved.until('the rest', ({ documents }) => documents.length >= 50);
  expect(sorted(versions(moved))).toEqual(sorted(versions(resumed)));

  // Caught up from a time, then live.
  await using late = line.listen(other, b, `?since=${sinceMs}`);
  await late.until('what it missed', ({ documents }) => documents.length >= 10);
  await line.publish(rulesOf('Species', 2000, 2003));
  await late.until('and what comes', ({ documents }) => documents.length >= 13);
  expect(sorted(versions(late))).toEqual([...Array.from({ length: 10 }, (_, at) => 1000 + at), 2000, 2001, 2002]);

  // /replay in both forms, in pages, and its preview.
  const all = await get(`${bridge.url}/replay?since=${sinceMs}`, a.key);
  expect(all.status).toBe(200);
  expect(sorted((JSON.parse(all.text) as Array<{ version: number }>).map(({ version }) => version))).toEqual(
    Array.from({ length: 100 }, (_, at) => at),
  );
  const lines = await get(`${bridge.url}/replay?since=${new Date(sinceMs).toISOString()}`, a.key, {
    accept: 'application/x-ndjson',
  });
  expect(lines.text.trim().split('\n')).toHaveLength(100);
  const paged: unknown[] = [];
  for (let url: string | undefined = `/replay?since=${sinceMs}&limit=30`; url; ) {
    const page = await get(bridge.url + url, a.key);
    paged.push(...(JSON.parse(page.text) as Array<{ version: number }>).map(({ version }) => version));
    url = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
  }
  expect(sorted(paged)).toEqual(Array.from({ length: 100 }, (_, at) => at));
  const preview = await get(`${bridge.url}/replay/preview?since=${sinceMs}`, b.key);
  expect(JSON.parse(preview.text)).toMatchObject({ count: 13, truncated: false });

  // What a document is, each its own; what the interface is, everybody, and nobody is named in it.
  for (const [partner, client, other] of [
    [a, clientA, 'order'],
    [b, clientB, 'bedCap'],
  ] as const) {
    const { text } = await get(`${bridge.url}/schemas/body.json`, partner.key);
    const isValid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(text) as object);
    expect(client.documents.filter((document) => !isValid(document))).toEqual([]);
    expect(text).not.toContain(other);
  }
  for (const url of [`${bridge.url}/openapi.json`, `${bridge.url}/asyncapi.json`, `${bridge.adminUrl}/asyncapi.json`]) {
    const page = await get(url, '');
    expect([page.status, page.text.includes(a.name) || page.text.includes(b.name)]).toEqual([200, false]);
  }

  // B with A's cursor: refused, in words that tell nothing.
  for (const path of ['/stream', `/replay?cursor=${middle}`, `/replay/preview?cursor=${middle}`]) {
    const refused = await get(bridge.url + path, b.key, { 'last-event-id': middle });
    expect(refused.status).toBe(400);
    expect(refused.text).not.toMatch(/Hospital|r\d|p[0-9a-f]{8}/);
  }
  // Without a key, with a wrong one, with one in the query: 401, whoever exists.
  const doors = ['/stream', '/replay?since=0', '/replay/preview?since=0', '/schemas/body.json'];
  for (const url of [...doors, `/stream?access_token=${a.key}`]) {
    const answers = [
      await fetch(bridge.url + url),
      await fetch(bridge.url + url, { headers: { 'x-api-key': 'ess_x' } }),
    ];
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(texts[0]).toBe(texts[1]);
  }
  for (const client of [clientA, clientB, resumed, moved, late]) expect(client.faults).toEqual([]);
  expect(bridge.output + other.output).not.toContain(a.key);
});

test.concurrent('with hardly any memory for history each late client gets what is its own, whole and in order, a slow one too', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack);
  const [a, b] = [
    line.partner('Hospital'),
    line.partner('Species', { fields: { version: 'version', title: 'order' } }),
  ];
  const count = 3_000;
  // Far more than two sockets hold between them, so that a client that does not read is waited for.
  const long = (rules: ReturnType<typeof rulesOf>) =>
    rules.map((rule) => ({ ...rule, title: rule.title.padEnd(3_500, '.') }));
  for (let from = 0; from < count; from += 100)
    await line.publish(long([...rulesOf('Hospital', from, from + 100), ...rulesOf('Species', from, from + 100)]));
  // One stretch of each is more than there is room for, so all memory is used again, all the time.
  const bridge = await line.bridge({ ESS_STREAM_HISTORY_BYTES: '100000' });
  const late = async (partner: typeof a) => {
    await using client = line.listen(bridge, partner, '?since=0');
    await client.until('all of it', ({ documents }) => documents.length >= count);
    return { data: client.events.map(({ data }) => data), faults: client.faults };
  };
  const [reference, other] = [await late(a), await late(b)];
  for (const { data } of [reference, other]) {
    const order = data.map((text) => (JSON.parse(text) as { version: number }).version);
    expect(sorted(order)).toEqual(Array.from({ length: count }, (_, version) => version));
  }
  const asked = request(`${bridge.url}/stream?since=0`, { headers: { 'x-api-key': a.key } }).end();
  const [slow] = (await once(asked, 'response')) as [IncomingMessage];
  const all = await Promise.all([a, b, a, b].map(late));
  for (const [index, { data, faults }] of all.entries()) {
    expect(data).toEqual((index % 2 === 0 ? reference : other).data);
    expect(faults).toEqual([]);
  }
  let text = '';
  slow.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const events = () => Array.from(text.matchAll(/^data: (.*)\n\n/gm), ([, data]) => data);
  await eventually('the slow one has all', () => events().length >= count || undefined);
  slow.destroy();
  expect(events()).toEqual(reference.data);
});

// How soon is for the bench to say (REVOKE).
test.concurrent('a revoked key ends its running streams, for good, and leaves the others', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack);
  const a = line.partner('Hospital');
  const b = line.partner('Species');
  const bridge = await line.bridge();
  await using clientA = await line.listening(bridge, a);
  await using clientB = await line.listening(bridge, b);
  line.write(a, []);
  await clientA.until('the stream has ended', ({ failed }) => failed !== undefined);
  expect(clientA.statuses).toEqual([200, 401]);
  expect(clientB.statuses).toEqual([200]);
  line.removePartner(b);
  await clientB.until('the stream has ended', ({ failed }) => failed !== undefined);
  expect(clientB.statuses).toEqual([200, 401]);
  const c = line.partner('Species');
  await eventually('a new partner is let in', async () =>
    (await get(`${bridge.url}/replay?since=0`, c.key)).status === 200 ? true : undefined,
  );
});

test.concurrent('a token that expires ends its running stream, and lets nobody in again; keys stream on', async () => {
  await using stack = await openTestStack();
  await using line = await StreamLine.open(stack);
  const tokens = new TokenIssuer();
  const a = line.partner('Hospital', { subject: 'county' });
  const bridge = await line.bridge(tokens.settings);
  await using byKey = await line.listening(bridge, a);
  const lifeS = 20;
  const authorization = `Bearer ${await tokens.token('county', lifeS)}`;
  await using byToken = new EventSourceClient(`${bridge.url}/stream`, { headers: { authorization }, retryMs: 100 });
  await byToken.until('the stream has begun', ({ lastEventId }) => lastEventId !== '');
  await line.publish(rulesOf('Hospital', 0, 5));
  await byToken.until('it streams', ({ documents }) => documents.length >= 5);
  await byToken.until('the stream has ended', ({ failed }) => failed !== undefined);
  expect(byToken.statuses).toEqual([200, 401]);
  await line.publish(rulesOf('Hospital', 5, 10));
  await byKey.until('the other goes on', ({ documents }) => documents.length >= 10);
  expect(byKey.statuses).toEqual([200]);
  expect(byToken.documents).toHaveLength(5);
});

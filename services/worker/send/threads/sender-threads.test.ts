// The threads are real, and so is the partner. What comes of an answer is said by the tests of sender.ts: here, that it comes back whole,
// and to whoever sent the request.
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { exactNumber } from '@ess/domain/text/exact-number.ts';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { PATIENT_MS } from '@ess/test/harness/data/sender.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Exchange } from '../exchange.ts';
import { SenderThreads } from './sender-threads.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four bytes').toString('base64')}`;
const LONG_MS = 60_000;

const gone: Error[] = [];
let threads: SenderThreads;
beforeAll(() => {
  threads = new SenderThreads(2, (error) => gone.push(error));
});
afterAll(async () => {
  await threads[Symbol.asyncDispose]();
});

function open(url: string, deliver: object = {}, startsForMs = LONG_MS) {
  const connector = makeConnector('hospital', url, { deliver });
  const pages: number[] = [];
  const sender = threads.open({
    deliver: connector.deliver,
    startsForMs: () => startsForMs,
    onOdd: (odd) => pages.push(odd.kind === 'page' ? odd.status : 0),
  });
  const post = (id: string, document: Record<string, unknown> = { id }, timeoutMs = PATIENT_MS) => {
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
    };
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const outgoing = { headers, body: JSON.stringify(document) };
    const exchange: Exchange = sender.send(outgoing, timeoutMs, [{ item: { deliveryId: id }, document }], resolve);
    return { exchange, answer: promise };
  };
  return { sender, post, pages };
}

test('each of many requests has its own answer, signed and timed', async () => {
  await using partner = await FakePartner.start((request) => ({
    status: 200 + Number(request.body['n']),
    afterMs: Number(request.body['n']) % 3,
  }));
  const { post } = open(partner.url, { signSecrets: [SECRET], concurrency: 6 });
  const before = performance.now();
  const sent = Array.from({ length: 60 }, (_, n) => post(`id-${n}`, { n }));
  const answers = await Promise.all(sent.map(({ answer }) => answer));
  expect(answers).toEqual(sent.map((_, n) => ({ kind: 'answered', status: 200 + n })));
  expect(partner.connections).toBeLessThanOrEqual(6);
  for (const { text, headers } of partner.received)
    expect(new Webhook(SECRET).verify(text, headers as Record<string, string>)).toBeTruthy();
  for (const { exchange } of sent) {
    expect(exchange.writtenAt).toBeGreaterThanOrEqual(before);
    expect(exchange.headAt).toBeGreaterThanOrEqual(exchange.writtenAt);
    expect(exchange.headAt).toBeLessThanOrEqual(performance.now());
  }
});

test('what an answer says beyond its status comes back', async () => {
  await using partner = await FakePartner.start((request) =>
    request.id === 'busy'
      ? { status: 503, headers: { 'retry-after': '7' } }
      : { status: 200, body: JSON.stringify({ ok: request.id === 'yes' }) },
  );
  const { post } = open(partner.url, { ack: { body: { ok: true }, else: 'refuse' } });
  expect(await post('busy').answer).toEqual({ kind: 'answered', status: 503, retryAfterMs: 7_000 });
  expect(await post('yes').answer).toMatchObject({ means: { class: 'ack' } });
  expect(await post('no').answer).toMatchObject({ means: { class: 'record' } });
});

test('the answer to a batch speaks of its records, whatever numbers are in them', async () => {
  const items = '[{ "ref": 1, "status": 400 }, { "ref": 12345678901234567890, "status": 202 }]';
  await using partner = await FakePartner.start(() => ({ status: 200, body: items }));
  const answer = { id: 'ref', idOf: 'version', status: 'status' };
  const { post } = open(partner.url, { batch: { maxRecords: 2, maxWaitMs: 1, answer } });
  expect(await post('one', { version: exactNumber('12345678901234567890') }).answer).toMatchObject({ items: [202] });
});

test('a page is told of once, whichever threads got one', async () => {
  await using partner = await FakePartner.start(() => ({ status: 200, headers: { 'content-type': 'text/html' } }));
  const { post, pages } = open(partner.url);
  await Promise.all([post('one').answer, post('two').answer]);
  await Promise.all([post('three').answer, post('four').answer]);
  expect(pages).toEqual([200]);
});

test('a request waits for no connection while another thread has one, whatever others have in flight there', async () => {
  await using slow = await FakePartner.start(() => 'hang');
  const busy = open(slow.url, { concurrency: 8 });
  const held = Array.from({ length: 5 }, (_, n) => busy.post(`held-${n}`)); // three by one thread, two by the other
  await using partner = await FakePartner.start(() => 'hang');
  const { post } = open(partner.url, { concurrency: 2 });
  const two = [post('one'), post('two')];
  await partner.until((received) => received.length === 2);
  for (const { exchange } of [...held, ...two]) exchange.cut();
  await Promise.all([...held, ...two].map(({ answer }) => answer));
});

test('a request that is cut, or is late, has its answer', async () => {
  await using partner = await FakePartner.start(() => 'hang');
  const { post } = open(partner.url);
  const held = post('held');
  await partner.until((received) => received.length === 1);
  held.exchange.cut();
  expect(await held.answer).toEqual({ kind: 'cut' });
  expect(await post('late', {}, 50).answer).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
});

test('one whose partitions may be another worker’s never goes out', async () => {
  await using partner = await FakePartner.start();
  expect(await open(partner.url, {}, -1).post('one').answer).toEqual({ kind: 'cut' });
  expect(partner.received).toEqual([]);
});

test('a sender that closes when it is idle lets what is in flight end; one that closes does not', async () => {
  await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 50 }));
  const patient = open(partner.url);
  const { answer } = patient.post('one');
  await patient.sender.closeWhenIdle();
  expect(await answer).toEqual({ kind: 'answered', status: 200 });
  partner.reply = () => 'hang';
  const hasty = open(partner.url);
  const held = hasty.post('two');
  await partner.until((received) => received.length === 2);
  await Promise.all([hasty.sender.closeWhenIdle(), hasty.sender.close()]);
  expect(await held.answer).toMatchObject({ kind: 'unreachable' });
  expect(await hasty.post('three').answer).toEqual({ kind: 'cut' });
});

// The last test: nobody sends by these threads any more.
test('a thread that ends by itself is told of once; what it had in flight is cut, and nobody waits for it', async () => {
  await using partner = await FakePartner.start(() => 'hang');
  const { sender, post } = open(partner.url);
  const held = [post('one'), post('two')];
  await partner.until((received) => received.length === 2);
  const closed = sender.closeWhenIdle();
  open('http://127.0.0.1:1/', { allow: null });
  await closed;
  expect(await Promise.all(held.map(({ answer }) => answer))).toEqual([{ kind: 'cut' }, { kind: 'cut' }]);
  expect(await post('late').answer).toEqual({ kind: 'cut' });
  await sender.close();
  expect(gone.map(({ message }) => message)).toEqual([expect.stringContaining('null')]);
});

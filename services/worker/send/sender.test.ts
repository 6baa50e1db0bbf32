// One POST over real sockets: what a partner's answer becomes.
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { closeSenders, openSender, PATIENT_MS, post, statusSeen, stoppedClock } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { answerReader } from './answer-reader.ts';

afterEach(closeSenders);

test('the partner gets method, path, query, headers and body; its status is the answer', async () => {
  await using partner = await FakePartner.start(() => 202);
  const sender = openSender(`${partner.url}?tenant=7`);
  expect(await post(sender, PATIENT_MS, { 'webhook-id': 'w-1' }).answer).toEqual({ kind: 'answered', status: 202 });
  expect(partner.received).toMatchObject([{ id: 'w-1', path: '/hook?tenant=7', body: { bedCap: 10 } }]);
});

test('connections are kept and used again', async () => {
  await using partner = await FakePartner.start();
  const sender = openSender(partner.url, { connections: 1 });
  for (let n = 0; n < 5; n++) await post(sender).answer;
  expect(partner.received).toHaveLength(5);
  expect(new Set(partner.received.map(({ headers }) => headers.connection))).toEqual(new Set(['keep-alive']));
  expect(partner.connections).toBe(1);
});

describe('the status line decides', () => {
  test.each([200, 204, 400, 409, 429, 500, 503])('%i is answered as it is', async (status) => {
    await using partner = await FakePartner.start(() => status);
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'answered', status });
  });

  test('a redirect is not followed', async () => {
    await using target = await FakePartner.start();
    await using partner = await FakePartner.start(() => ({ status: 302, headers: { location: target.url } }));
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'answered', status: 302 });
    expect(target.received).toEqual([]);
  });

  test('a connection that breaks within the body of a 200 changes nothing: the partner has it', async () => {
    await using partner = await FakePartner.start(() => 'reset-mid-body');
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('an endless body is cut off at its bound, not at the timeout', async () => {
    await using partner = await FakePartner.start(() => 'endless-body');
    expect(await post(openSender(partner.url), PATIENT_MS).answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('a body that stalls after a 200 is cut off at the timeout, and counts as answered', async () => {
    await using partner = await FakePartner.start(() => ({
      status: 200,
      headers: { 'content-length': '9' },
      body: 'x',
    }));
    using clock = stoppedClock();
    const status = statusSeen();
    const { answer, answers } = post(openSender(partner.url), 100);
    await status;
    clock.pass(99);
    expect(answers).toEqual([]);
    clock.pass(1);
    expect(await answer).toEqual({ kind: 'answered', status: 200 });
  });
});

describe('Retry-After', () => {
  test('comes with the answer in ms', async () => {
    await using partner = await FakePartner.start(() => ({ status: 503, headers: { 'retry-after': '2' } }));
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'answered', status: 503, retryAfterMs: 2_000 });
  });

  test('sent twice counts once', async () => {
    await using partner = await FakePartner.start(() => ({
      status: 503,
      headers: { 'retry-after': ['2', '9'] },
    }));
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'answered', status: 503, retryAfterMs: 2_000 });
  });
});

describe('a 409', () => {
  const { deliver } = makeConnector('hospital', 'http://127.0.0.1:1/', {
    deliver: { ackWhen: { body: { error: 'newer' } } },
  });
  const isNewer = answerReader(deliver, []);

  test('is told apart by its body where the connector describes how', async () => {
    await using partner = await FakePartner.start((_request, index) => ({
      status: 409,
      body: index === 0 ? '{"error":"newer"}' : '{"error":"clash"}',
    }));
    const sender = openSender(partner.url);
    expect(await post(sender, PATIENT_MS, {}, isNewer).answer).toEqual({ kind: 'answered', status: 409, newer: true });
    expect(await post(sender, PATIENT_MS, {}, isNewer).answer).toEqual({ kind: 'answered', status: 409 });
  });

  test('of another status is never looked at', async () => {
    await using partner = await FakePartner.start(() => ({ status: 422, body: '{"error":"newer"}' }));
    expect(await post(openSender(partner.url), PATIENT_MS, {}, isNewer).answer).toEqual({
      kind: 'answered',
      status: 422,
    });
  });
});

describe('an address that is not allowed is refused before anything is sent', () => {
  test.each(['127.0.0.1', 'localhost'])('%s, when the connector lists no network', async (host) => {
    await using partner = await FakePartner.start();
    const sender = openSender(`http://${host}:${partner.port}/hook`, { allow: [] });
    expect(await post(sender).answer).toEqual({ kind: 'unreachable', code: 'ESS_PLAIN_HTTP_REFUSED' });
    expect([partner.received.length, partner.connections]).toEqual([0, 0]);
  });

  test.each([['https://[::1]:9/x'], ['https://169.254.169.254/latest/meta-data'], ['https://0x7f.1:9/x']])(
    '%s',
    async (url) => {
      const sender = openSender(url, { allow: ['10.0.0.0/8'] });
      expect(await post(sender).answer).toEqual({ kind: 'unreachable', code: 'ESS_ADDRESS_REFUSED' });
    },
  );

  test('and a listed network is reached by name as well', async () => {
    await using partner = await FakePartner.start();
    expect(await post(openSender(`http://localhost:${partner.port}/hook`)).answer).toMatchObject({ status: 200 });
  });
});

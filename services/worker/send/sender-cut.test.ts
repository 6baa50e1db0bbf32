// How a request ends without its answer: cut by its owner, or by the end of its pool.
import { codeOf } from '@ess/runtime/access/trouble.ts';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { closeSenders, openSender, PATIENT_MS, post, statusSeen, stoppedClock } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Dispatcher } from 'undici';

afterEach(closeSenders);

describe('cut', () => {
  test('a request in flight ends at once, and only once', async () => {
    await using partner = await FakePartner.start(() => 'hang');
    using clock = stoppedClock();
    const { exchange, answer, answers } = post(openSender(partner.url), 200);
    await partner.until((received) => received.length === 1);
    exchange.cut();
    exchange.cut();
    expect(await answer).toEqual({ kind: 'cut' });
    clock.pass(250); // beyond the timeout
    expect(answers).toHaveLength(1);
  });

  test('a request that waits for a connection ends at once and never reaches the partner', async () => {
    const firstAnswer = Promise.withResolvers<number>();
    await using partner = await FakePartner.start((_request, index) => (index === 0 ? firstAnswer.promise : 200));
    const sender = openSender(partner.url, { connections: 1 });
    const first = post(sender, PATIENT_MS, { 'webhook-id': 'first' });
    await partner.until((received) => received.length === 1);
    const second = post(sender, PATIENT_MS, { 'webhook-id': 'second' });
    const third = post(sender, PATIENT_MS, { 'webhook-id': 'third' });
    second.exchange.cut();
    expect(second.answers).toEqual([{ kind: 'cut' }]);
    firstAnswer.resolve(200);
    expect([await first.answer, await third.answer]).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(partner.received.map(({ id }) => id)).toEqual(['first', 'third']);
    expect(second.answers).toHaveLength(1);
  });

  test('so does one that waits beyond its timeout', async () => {
    const firstAnswer = Promise.withResolvers<number>();
    await using partner = await FakePartner.start((_request, index) => (index === 0 ? firstAnswer.promise : 200));
    const sender = openSender(partner.url, { connections: 1 });
    const first = post(sender);
    await partner.until((received) => received.length === 1);
    expect(await post(sender, 50).answer).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
    firstAnswer.resolve(200);
    expect(await first.answer).toMatchObject({ status: 200 });
    expect(await post(sender).answer).toMatchObject({ status: 200 }); // by the one connection there is
    expect(partner.received).toHaveLength(2);
  });

  test('a request that waited for its connection is cut when it may not go out any more', async () => {
    const firstAnswer = Promise.withResolvers<number>();
    await using partner = await FakePartner.start((_request, index) => (index === 0 ? firstAnswer.promise : 200));
    let isOurs = true;
    const sender = openSender(partner.url, { connections: 1, mayStart: () => isOurs });
    const first = post(sender);
    await partner.until((received) => received.length === 1);
    const second = post(sender);
    isOurs = false;
    firstAnswer.resolve(200);
    expect([await first.answer, await second.answer]).toEqual([{ kind: 'answered', status: 200 }, { kind: 'cut' }]);
    expect(partner.received).toHaveLength(1);
  });

  test('after a status has come, the status is the answer', async () => {
    await using partner = await FakePartner.start(() => ({
      status: 200,
      headers: { 'content-length': '9' },
      body: 'x',
    }));
    const status = statusSeen();
    const { exchange, answer } = post(openSender(partner.url));
    await status;
    exchange.cut();
    expect(await answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('after the answer, it changes nothing', async () => {
    await using partner = await FakePartner.start();
    const sender = openSender(partner.url, { connections: 1 });
    const { exchange, answer, answers } = post(sender);
    await answer;
    exchange.cut();
    expect(await post(sender).answer).toMatchObject({ status: 200 });
    expect([answers.length, partner.connections]).toEqual([1, 1]);
  });
});

describe('close', () => {
  test('when idle lets what is in flight end, and what comes later is answered', async () => {
    const firstAnswer = Promise.withResolvers<number>();
    await using partner = await FakePartner.start(() => firstAnswer.promise);
    const sender = openSender(partner.url);
    const first = post(sender);
    await partner.until((received) => received.length === 1);
    const closed = sender.closeWhenIdle();
    const late = post(sender);
    expect(late.answers).toEqual([]); // never before send has returned
    firstAnswer.resolve(200);
    expect(await late.answer).toMatchObject({ kind: 'unreachable', code: 'UND_ERR_CLOSED' });
    expect(await first.answer).toEqual({ kind: 'answered', status: 200 });
    await closed;
  });

  test('at once answers what is in flight', async () => {
    await using partner = await FakePartner.start(() => 'hang');
    const sender = openSender(partner.url);
    const { answer } = post(sender);
    await partner.until((received) => received.length === 1);
    await Promise.all([sender.closeWhenIdle(), sender.close()]);
    expect((await answer).kind).toBe('unreachable');
  });

  test('at once opens nothing more for a request that was to go once more', async () => {
    await using partner = await FakePartner.start();
    const sender = openSender(partner.url);
    await sender.close();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: () => resolve('answered'),
      onResponseData: () => undefined,
      onResponseEnd: () => undefined,
      onResponseError: (_, error) => resolve(codeOf(error)),
    };
    sender.resend({ method: 'POST', path: '/' }, handler);
    expect([await promise, partner.connections]).toEqual(['UND_ERR_DESTROYED', 0]);
  });
});

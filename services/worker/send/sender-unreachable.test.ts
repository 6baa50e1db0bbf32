// No answer over real sockets, against a partner that hangs, is down, resets or speaks something else.
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { FakePartner } from '@ess/test/fakes/partner.ts';
import { closeSenders, openSender, PATIENT_MS, post, stoppedClock } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';

afterEach(closeSenders);

describe('no answer', () => {
  test('a partner that hangs is cut off at the timeout', async () => {
    await using partner = await FakePartner.start(() => 'hang');
    using clock = stoppedClock();
    // Long enough for the first connection of a busy machine: a request that starts too late is not sent.
    const { answer, answers } = post(openSender(partner.url), 60_000);
    await partner.until((received) => received.length === 1);
    clock.pass(59_999);
    expect(answers).toEqual([]);
    clock.pass(1);
    expect(await answer).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
  });

  test('a hint before the answer is none', async () => {
    await using server = createServer((socket) =>
      socket.resume().end('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(openSender(`http://127.0.0.1:${port}/`)).answer).toMatchObject({ kind: 'unreachable' });
  });

  test('a partner that resets the connection', async () => {
    await using partner = await FakePartner.start(() => 'reset');
    expect(await post(openSender(partner.url)).answer).toEqual({ kind: 'unreachable', code: 'ECONNRESET' });
  });

  test('a partner that is down, and is reached again when it is back', async () => {
    await using partner = await FakePartner.start();
    const sender = openSender(partner.url);
    await post(sender).answer;
    await partner.down();
    const answers = await Promise.all([1, 2, 3].map(() => post(sender).answer));
    for (const answer of answers) expect(answer.kind).toBe('unreachable');
    expect(answers.at(-1)).toEqual({ kind: 'unreachable', code: 'ECONNREFUSED' });
    await partner.up();
    expect(await post(sender).answer).toEqual({ kind: 'answered', status: 200 });
  });

  test('a name that does not exist', async () => {
    const { kind, code } = (await post(openSender('http://no-such-host.invalid/x')).answer) as {
      kind: string;
      code: string;
    };
    expect([kind, code]).toEqual([
      'unreachable',
      expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/),
    ]);
  });

  test('a partner that speaks no HTTP', async () => {
    await using server = createServer((socket) => socket.resume().end('220 mail\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(openSender(`http://127.0.0.1:${port}/`)).answer).toEqual({
      kind: 'malformed',
      why: 'the answer is no HTTP/1.1: its status line is malformed',
    });
  });

  test('a header that cannot be sent is an answer as well, after send has returned', async () => {
    await using partner = await FakePartner.start();
    const sent = post(openSender(partner.url), PATIENT_MS, { 'x-bad': 'line\nbreak' });
    expect(sent.answers).toEqual([]);
    expect(await sent.answer).toMatchObject({ kind: 'unreachable', code: 'UND_ERR_INVALID_ARG' });
  });
});

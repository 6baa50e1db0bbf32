// Requests behind others on one connection, against a partner on a bare socket: what comes when, and what becomes of those behind one
// that goes wrong.
import type { AddressInfo } from 'node:net';
import { createServer, Socket } from 'node:net';
import { closeSenders, openSender, PATIENT_MS, post, stoppedClock } from '@ess/test/harness/data/sender.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { afterEach, expect, test } from '@jest/globals';
import type { Odd } from './sender.ts';

afterEach(closeSenders);

const answer = (status: number, head = '') => `HTTP/1.1 ${status} x\r\n${head}content-length: 0\r\n\r\n`;
const OK = { kind: 'answered', status: 200 };
const AGAIN = { ...OK, resent: 'pipe' };

/** Called at each request, with its name, and the names of all that came by its connection. */
type Does = (socket: Socket, name: string, ofSocket: readonly string[]) => void;

async function partnerThat(does: Does) {
  const came: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const ofSocket: string[] = [];
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const [, name = ''] of chunk.toString('latin1').matchAll(/webhook-id: (\S+)/g)) {
        came.push(name);
        ofSocket.push(name);
        if (!socket.destroyed) does(socket, name, ofSocket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    ...{ url, came, sockets },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function openPiped(url: string, pipelining: number, connections = 1, mayStart = () => true) {
  const odd: Odd[] = [];
  const sender = openSender(url, { pipelining, connections, mayStart, onOdd: (one) => odd.push(one) });
  const send = (...names: string[]) => names.map((name) => post(sender, PATIENT_MS, { 'webhook-id': name }));
  const answersTo = (...names: string[]) => Promise.all(send(...names).map((sent) => sent.answer));
  return { sender, odd, send, answersTo };
}

test('as many requests as it says are on one connection before the first is answered, and each has its own answer', async () => {
  await using partner = await partnerThat((socket, _, ofSocket) => {
    if (ofSocket.length % 4 === 0)
      socket.write(
        ofSocket
          .slice(-4)
          .map((name) => answer(Number(name)))
          .join(''),
      );
  });
  const { answersTo, odd } = openPiped(partner.url, 4, 2);
  for (const base of [200, 300, 400]) {
    const names = Array.from({ length: 8 }, (_, index) => String(base + index));
    expect(await answersTo(...names)).toEqual(names.map((name) => ({ kind: 'answered', status: Number(name) })));
  }
  expect(partner.sockets).toHaveLength(2);
  expect(odd).toEqual([]);
});

test('what goes out together is one write', async () => {
  await using partner = await partnerThat((socket) => void socket.write(answer(200)));
  const { answersTo } = openPiped(partner.url, 8);
  expect(await answersTo('first')).toEqual([OK]);
  const chunks: number[] = [];
  partner.sockets[0]!.on('data', (chunk: Buffer) => chunks.push(chunk.toString().split('POST /').length - 1));
  await answersTo(...'abcdefgh');
  expect(chunks).toEqual([8]);
});

test('one that is cut ends the connection, and the others go once more, by connections of their own', async () => {
  await using partner = await partnerThat((socket) => {
    if (socket !== partner.sockets[0]) socket.write(answer(200));
  });
  const { send, odd } = openPiped(partner.url, 4);
  const [a, b, c] = send('a', 'b', 'c');
  await eventually('all are there', () => partner.came.length === 3 || undefined);
  b!.exchange.cut();
  expect(await Promise.all([a, b, c].map((sent) => sent!.answer))).toEqual([AGAIN, { kind: 'cut' }, AGAIN]);
  expect(partner.came.toSorted()).toEqual(['a', 'a', 'b', 'c', 'c']);
  expect(odd).toEqual([]);
});

test('what goes once more asks again whether it may', async () => {
  let may = true;
  await using partner = await partnerThat((_, name) => {
    if (name !== 'c') return;
    may = false;
    first!.exchange.cut();
  });
  const [first, ...others] = openPiped(partner.url, 4, 1, () => may).send('a', 'b', 'c');
  expect(await Promise.all(others.map((sent) => sent.answer))).toEqual([{ kind: 'cut' }, { kind: 'cut' }]);
  expect(partner.came).toEqual(['a', 'b', 'c']);
});

test('a process that was frozen between the writing and the sending sends nothing', async () => {
  let asked = 0;
  await using partner = await partnerThat(() => undefined);
  const sent = openPiped(partner.url, 4, 1, () => ++asked <= 2).send('a', 'b');
  expect(await Promise.all(sent.map((one) => one.answer))).toEqual([{ kind: 'cut' }, { kind: 'cut' }]);
  expect(partner.came).toEqual([]);
});

test('one without an answer in time fails, and those behind it go once more, with their time anew', async () => {
  using clock = stoppedClock();
  await using partner = await partnerThat((socket, _, ofSocket) => {
    if (ofSocket[0] !== 'a') socket.write(answer(200));
  });
  const { send, odd } = openPiped(partner.url, 4);
  const sent = send('a', 'b', 'c');
  await eventually('all are there', () => partner.came.length === 3 || undefined);
  clock.pass(PATIENT_MS);
  const [first, ...others] = await Promise.all(sent.map((one) => one.answer));
  expect(first).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
  expect(others).toEqual([AGAIN, AGAIN]);
  expect(partner.came.toSorted()).toEqual(['a', 'b', 'b', 'c', 'c']);
  expect(odd).toEqual([]);
});

test('of many behind others none comes more than twice, whatever becomes of the connections', async () => {
  const names = Array.from({ length: 60 }, (_, index) => `n-${index}`);
  const ends = [
    (socket: Socket) => void socket.resetAndDestroy(),
    (socket: Socket) => void socket.end(answer(200, 'connection: close\r\n')),
    (socket: Socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${answer(200)}`),
    (socket: Socket) => void socket.end(),
  ];
  for (const end of ends) {
    await using partner = await partnerThat((socket, _, ofSocket) => {
      if (ofSocket.length === names.length || partner.sockets.length > 1) end(socket);
    });
    await openPiped(partner.url, names.length, 4).answersTo(...names);
    for (const name of names) expect(partner.came.filter((one) => one === name).length).toBeLessThanOrEqual(2);
  }
});

test('a connection that is reset fails its first request; those behind it go once more', async () => {
  await using partner = await partnerThat((socket, name, ofSocket) => {
    if (ofSocket[0] !== 'a') socket.write(answer(200));
    else if (name === 'c') socket.resetAndDestroy();
  });
  const { answersTo } = openPiped(partner.url, 4);
  expect(await answersTo('a', 'b', 'c')).toEqual([{ kind: 'unreachable', code: 'ECONNRESET' }, AGAIN, AGAIN]);
});

test('a connection that ends when it was idle fails nobody', async () => {
  await using partner = await partnerThat((socket, name) => {
    if (name === 'b' && partner.sockets.length === 1) socket.resetAndDestroy();
    else socket.write(answer(200));
  });
  const { answersTo, odd } = openPiped(partner.url, 4);
  expect(await answersTo('a')).toEqual([OK]);
  expect(await answersTo('b', 'c', 'd')).toEqual([{ ...OK, resent: 'idle' }, AGAIN, AGAIN]);
  expect(odd).toEqual([]);
});

test('a partner that ends each connection with its answer has all requests, and no pipe after three', async () => {
  const most = new Map<Socket, number>();
  await using partner = await partnerThat((socket, _, ofSocket) => {
    most.set(socket, ofSocket.length);
    if (ofSocket.length === 1) socket.end(answer(200, 'connection: close\r\n'));
  });
  const { answersTo, odd } = openPiped(partner.url, 4);
  for (const round of [1, 2, 3]) {
    expect(odd).toEqual([]);
    expect(await answersTo('a', 'b', 'c', `${round}`)).toEqual([OK, AGAIN, AGAIN, AGAIN]);
  }
  await eventually('it is told', () => odd.length === 1 || undefined);
  expect(odd).toEqual([{ kind: 'pipe', code: 'ESS_PIPE_ENDS' }]);
  most.clear();
  expect(await answersTo('e', 'f', 'g')).toEqual([OK, OK, OK]);
  expect([...most.values()]).toEqual([1, 1, 1]);
});

test('what we cut is no fault of the partner', async () => {
  await using partner = await partnerThat((socket, name, ofSocket) => {
    if (ofSocket[0] === name && name.startsWith('fine')) socket.write(answer(200));
  });
  const { send, odd } = openPiped(partner.url, 4);
  for (let round = 1; round <= 5; round += 1) {
    const [held, fine] = send(`held-${round}`, `fine-${round}`);
    await eventually('both are there', () => partner.came.includes(`fine-${round}`) || undefined);
    held!.exchange.cut();
    expect(await fine!.answer).toMatchObject(OK);
  }
  expect(odd).toEqual([]);
});

test('hints before an answer are nothing special', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';
  await using partner = await partnerThat((socket) => void socket.write(hints + answer(200)));
  const { answersTo, odd } = openPiped(partner.url, 4);
  expect(await answersTo('a', 'b', 'c')).toEqual([OK, OK, OK]);
  expect(odd).toEqual([]);
});

test.each([
  ['a 100 that nobody asked for', `HTTP/1.1 100 Continue\r\n\r\n${answer(200)}`, OK],
  ['a head that is odd but legal to read', answer(200, 'x: \u0001\r\n'), OK],
  ['another protocol', '220 mail.example ESMTP\r\n', { kind: 'malformed' }],
])('%s is read on a connection of its own, and told once', async (_, says, means) => {
  await using partner = await partnerThat((socket) => void socket.write(Buffer.from(says, 'latin1')));
  const { answersTo, odd } = openPiped(partner.url, 4);
  for (const one of await answersTo('a', 'b')) expect(one).toMatchObject({ ...means, resent: 'pipe' });
  expect(odd).toEqual([{ kind: 'pipe', code: expect.stringMatching(/^(HTTPParserError|UND_ERR_SOCKET)$/) }]);
  for (const one of await answersTo('c', 'd')) expect(one).toMatchObject(means);
  expect(odd).toHaveLength(1);
});

test('who closes waits for what is in flight', async () => {
  await using partner = await partnerThat((socket, name, ofSocket) => {
    if (name === 'c') setImmediate(() => socket.write(ofSocket.map(() => answer(200)).join('')));
  });
  const { sender, send } = openPiped(partner.url, 4);
  const sent = send('a', 'b', 'c');
  await sender.closeWhenIdle();
  expect(sent.map(({ answers }) => answers)).toEqual([[OK], [OK], [OK]]);
});

test.each(['has gone once more before', 'never had to'])(
  'who closes waits for what goes once more when its pipe ends meanwhile, where one %s',
  async (before) => {
    const again = Promise.withResolvers<Socket>();
    await using partner = await partnerThat((socket, name, ofSocket) => {
      if (ofSocket.length > 1) return;
      if (name === 'd') again.resolve(socket);
      else if (name === 'b') socket.write(answer(200));
    });
    const { sender, send } = openPiped(partner.url, 4);
    const cutFirst = async (...names: string[]) => {
      const came = partner.came.length + names.length;
      const [first, second] = send(...names);
      await eventually('both are there', () => partner.came.length === came || undefined);
      return { cut: () => first!.exchange.cut(), answer: second!.answer };
    };
    if (before === 'has gone once more before') {
      const { cut, answer } = await cutFirst('a', 'b');
      cut();
      expect(await answer).toEqual(AGAIN);
    }
    const { cut, answer: last } = await cutFirst('c', 'd');
    const order: string[] = [];
    const closed = sender.closeWhenIdle().then(() => order.push('closed'));
    void last.then(() => order.push('answered'));
    cut();
    const came = await Promise.race([again.promise, last]);
    if (came instanceof Socket) came.write(answer(200));
    expect(await last).toEqual(AGAIN);
    await closed;
    expect(order).toEqual(['answered', 'closed']);
  },
);

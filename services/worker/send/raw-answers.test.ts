// Answers as bytes on a socket, and what comes of them: what every browser takes is an ack, what makes no sense holds, with a reason that
// a person can act on. Each row is one answer to one delivery, sent over a connection of its own, in these pieces.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Ack, Deliver } from '@ess/domain/connector/connector.ts';
import { RawServer } from '@ess/test/fakes/raw-server.ts';
import { FIRST_TRIAL, FLOWS } from '@ess/test/fixtures/trial.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { closeSenders, openSender, PATIENT_MS, post } from '@ess/test/harness/data/sender.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { judge } from '../judge/judge.ts';
import { answerReader } from './answer-reader.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const EMPTY = 'content-length: 0\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n';
const YES = '{"ok":true}';
const SAYS_OK: Partial<Deliver> = { ack: { body: { ok: true }, else: 'refuse' } satisfies Ack };
const CHUNKED_YES = `transfer-encoding: chunked\r\n\r\nb\r\n${YES}\r\n0\r\n\r\n`;
const SAYS_A_B: Partial<Deliver> = { ack: { header: { 'x-result': 'a, b' }, else: 'refuse' } satisfies Ack };
const packed = (coding: string, body: Buffer): string[] => [
  `${OK}content-encoding: ${coding}\r\ncontent-length: ${body.length}\r\n\r\n${body.toString('latin1')}`,
];
const headersOf = (bytes: number): string => {
  const rows = Math.floor(bytes / 1_024);
  return Array.from(
    { length: rows },
    (_, row) => `x-${String(row).padStart(3, '0')}: ${'v'.repeat(1_024 - 9)}\r\n`,
  ).join('');
};

/** Pieces of an answer; `END` closes the connection. */
const END = Symbol('end');
type Piece = string | typeof END;

async function comesOf(pieces: readonly Piece[], deliver: Partial<Deliver> = {}, timeoutMs = PATIENT_MS) {
  await using server = await RawServer.start((socket) => {
    const next = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined || socket.destroyed) return;
      if (piece === END) return void socket.end();
      socket.write(piece, 'latin1', () => setImmediate(next, index + 1));
    };
    socket.setNoDelay(true);
    next(0);
  });
  const policy = makeConnector('hospital', server.origin, { deliver }).deliver;
  const reader = answerReader(policy, [{ item: { deliveryId: 'd' }, document: {} }]);
  const { answer } = post(openSender(`${server.origin}/`), timeoutMs, {}, reader);
  const { kind, ...more } = judge(await answer, FIRST_TRIAL, FLOWS, policy);
  expect(server.requests).toBe(1);
  return 'reason' in more ? `${kind}: ${'detail' in more ? more.detail : more.reason}` : kind;
}

afterEach(closeSenders);

type Row = readonly [name: string, pieces: readonly Piece[], expected: string, deliver?: Partial<Deliver>];

const PLAIN: readonly Row[] = [
  ['200', [OK + EMPTY], 'delivered'],
  ['201 with a body', [`HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}`], 'delivered'],
  ['202', [`HTTP/1.1 202 Accepted\r\n${EMPTY}`], 'delivered'],
  ['204', ['HTTP/1.1 204 No Content\r\n\r\n'], 'delivered'],
  ['204 with a length', [`HTTP/1.1 204 No Content\r\n${EMPTY}`], 'delivered'],
  ['205', [`HTTP/1.1 205 Reset Content\r\n${EMPTY}`], 'delivered'],
  ['207 to a single record', [`HTTP/1.1 207 Multi-Status\r\n${EMPTY}`], 'delivered'],
  ['chunked', [`${OK}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`], 'delivered'],
  ['chunked with trailers', [`${OK}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-sum: 1\r\n\r\n`], 'delivered'],
  ['no length, ended by the connection', [`${OK}\r\n{}`, END], 'delivered'],
  ['HTTP/1.0', ['HTTP/1.0 200 OK\r\n\r\n', END], 'delivered'],
  ['no reason phrase', [`HTTP/1.1 200\r\n${EMPTY}`], 'delivered'],
  ['no reason phrase, with its space', [`HTTP/1.1 200 \r\n${EMPTY}`], 'delivered'],
  ['letters beyond ASCII in the reason', [`HTTP/1.1 200 D\xe9j\xe0 vu\r\n${EMPTY}`], 'delivered'],
  ['letters beyond ASCII in a header', [`${OK}x-town: Besan\xe7on\r\n${EMPTY}`], 'delivered'],
  ['an empty header', [`${OK}x-none:\r\n${EMPTY}`], 'delivered'],
  ['an answer in single bytes', [...(OK + EMPTY)], 'delivered'],
  ['connection: close', [`${OK}connection: close\r\n${EMPTY}`, END], 'delivered'],
];

const ODD: readonly Row[] = [
  ['an empty line first', [`\r\n${OK}${EMPTY}`], 'delivered'],
  ['an empty line, 100, and another one', [`\r\n${CONTINUE}\r\n${OK}${EMPTY}`], 'delivered'],
  ['100 first', [CONTINUE + OK + EMPTY], 'delivered'],
  ['100 first, the answer later', [CONTINUE, OK + EMPTY], 'delivered'],
  ['100 in single bytes', [...(CONTINUE + OK + EMPTY)], 'delivered'],
  ['100 with headers', [`HTTP/1.1 100 Continue\r\nx-a: 1\r\nx-b: 2\r\n\r\n${OK}${EMPTY}`], 'delivered'],
  ['100 without a reason', [`HTTP/1.1 100\r\n\r\n${OK}${EMPTY}`], 'delivered'],
  ['102 first', [`HTTP/1.1 102 Processing\r\n\r\n${OK}${EMPTY}`], 'delivered'],
  ['103 first', [HINTS, OK + EMPTY], 'delivered'],
  ['100, 102 and 103 first', [CONTINUE, 'HTTP/1.1 102 Processing\r\n\r\n', HINTS, OK + EMPTY], 'delivered'],
  ['a hundred 100s first', [CONTINUE.repeat(100), OK + EMPTY], 'delivered'],
  ['a hundred 103s first, cut anywhere', [...(HINTS.repeat(100) + OK + EMPTY).match(/[\s\S]{1,97}/g)!], 'delivered'],
  ['100, then a refusal', [`${CONTINUE}HTTP/1.1 422 No\r\n${EMPTY}`], 'parked: the partner answered 422'],
  ['100, then trouble', [`${CONTINUE}HTTP/1.1 503 Later\r\n${EMPTY}`], 'retry: status-503'],
  ['Content-Length twice and equal', [`${OK}content-length: 2\r\nContent-Length: 2\r\n\r\n{}`], 'delivered'],
  ['Content-Length twice in one line', [`${OK}content-length: 2, 2\r\n\r\n{}`], 'delivered'],
  ['Content-Length three times', [`${OK}${'content-length: 0\r\n'.repeat(3)}\r\n`], 'delivered'],
  ['length, then chunked', [`${OK}content-length: 11\r\n${CHUNKED_YES}`], 'delivered'],
  ['chunked, then length', [`${OK}transfer-encoding: chunked\r\ncontent-length: 99\r\n\r\n0\r\n\r\n`], 'delivered'],
  ['20 kB of headers', [OK + headersOf(20_480) + EMPTY], 'delivered'],
  ['63 kB of headers', [OK + headersOf(64_512) + EMPTY], 'delivered'],
  ['one header of 40 kB', [`${OK}set-cookie: ${'c'.repeat(40_960)}\r\n${EMPTY}`], 'delivered'],
  ['a folded header', [`${OK}x-long: one\r\n  two\r\n\tthree\r\n${EMPTY}`], 'delivered'],
  ['a space before the colon', [`${OK}x-old : 1\r\n${EMPTY}`], 'delivered'],
  ['lines that end in LF alone', [`HTTP/1.1 200 OK\ncontent-length: 0\n\n`], 'delivered'],
  ['a control character in a header', [`${OK}x-bell: \x07\r\n${EMPTY}`], 'delivered'],
  ['a 503 with its length twice', [`HTTP/1.1 503 Later\r\ncontent-length: 0\r\n${EMPTY}`], 'retry: status-503'],
  ['a 401 with its length twice', [`HTTP/1.1 401 Who\r\ncontent-length: 0\r\n${EMPTY}`], 'hold: status-401'],
  ['more bytes than its length', [`${OK}content-length: 2\r\n\r\n{}{}`], 'delivered'],
  ['fewer bytes than its length', [`${OK}content-length: 9\r\n\r\n{}`, END], 'delivered'],
  ['a chunk that is none', [`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`], 'delivered'],
  ['a second answer behind it', [OK + EMPTY + OK + EMPTY], 'delivered'],
];

const WITH_BODY: readonly Row[] = [
  ['a body that says so', [`${OK}content-length: 11\r\n\r\n${YES}`], 'delivered', SAYS_OK],
  ['in single bytes', [...`${OK}content-length: 11\r\n\r\n${YES}`], 'delivered', SAYS_OK],
  ['100 first', [CONTINUE, `${OK}content-length: 11\r\n\r\n`, YES], 'delivered', SAYS_OK],
  ['its length twice', [`${OK}content-length: 11\r\ncontent-length: 11\r\n\r\n{"ok"`, ':true}'], 'delivered', SAYS_OK],
  ['length and chunked', [`${OK}content-length: 11\r\n${CHUNKED_YES}`], 'delivered', SAYS_OK],
  ['a folded header', [`${OK}x-long: one\r\n two\r\ncontent-length: 11\r\n\r\n${YES}`], 'delivered', SAYS_OK],
  ['LF alone', [`HTTP/1.1 200 OK\ncontent-length: 11\n\n${YES}`], 'delivered', SAYS_OK],
  ['a byte order mark', [`${OK}content-length: 14\r\n\r\n\xef\xbb\xbf${YES}`], 'delivered', SAYS_OK],
  ['packed by gzip', packed('gzip', gzipSync(YES)), 'delivered', SAYS_OK],
  ['packed by x-gzip', packed('X-GZip', gzipSync(YES)), 'delivered', SAYS_OK],
  ['packed by deflate', packed('deflate', deflateSync(YES)), 'delivered', SAYS_OK],
  ['packed by br', packed('br', brotliCompressSync(YES)), 'delivered', SAYS_OK],
  ['packed twice', packed('gzip, br', brotliCompressSync(gzipSync(YES))), 'delivered', SAYS_OK],
  ['as it is, and saying so', packed('identity', Buffer.from(YES)), 'delivered', SAYS_OK],
  [
    'packed in another way',
    packed('planted', Buffer.from(YES)),
    'retry: the body of the answer is packed (Content-Encoding) in a way that is not read here',
    SAYS_OK,
  ],
  ['said to be packed', packed('gzip', Buffer.from(YES)), 'retry: the body of the answer cannot be unpacked', SAYS_OK],
  [
    'much in little',
    packed('gzip', gzipSync(Buffer.alloc(9_000_000))),
    'retry: the body of the answer is longer than 64 kB',
    SAYS_OK,
  ],
  ['packed, where nobody reads it', packed('planted', Buffer.from(YES)), 'delivered'],
  ['a header in two lines', [`${OK}x-result: a\r\nX-Result: b\r\n${EMPTY}`], 'delivered', SAYS_A_B],
  [
    'ok:false',
    [`${OK}content-length: 12\r\n\r\n{"ok":false}`],
    'parked: the partner answered 200, but ok in it is not what ack.body says',
    SAYS_OK,
  ],
  [
    'half of it',
    [`${OK}content-length: 11\r\n\r\n{"ok"`, END],
    'retry: the body of the answer did not come whole',
    SAYS_OK,
  ],
  [
    'more than 64 kB',
    [`${OK}content-length: 70000\r\n\r\n`, ' '.repeat(65_537)],
    'retry: the body of the answer is longer than 64 kB',
    SAYS_OK,
  ],
  ['a page', [`${OK}content-length: 6\r\n\r\n<html>`], 'retry: the body of the answer is no JSON', SAYS_OK],
  ['a 500, whatever its body', [`HTTP/1.1 500 No\r\ncontent-length: 11\r\n\r\n${YES}`], 'retry: status-500', SAYS_OK],
];

const STATUS_LINE = 'hold: the answer is no HTTP/1.1: its status line is malformed';
const SENSELESS: readonly Row[] = [
  ['another protocol', ['220 mail.example ESMTP\r\n'], STATUS_LINE],
  ['a version that is none', ['HTTP/one 200 OK\r\n\r\n'], STATUS_LINE],
  ['a status of two digits', ['HTTP/1.1 20 OK\r\n\r\n'], STATUS_LINE],
  ['a status of four digits', ['HTTP/1.1 2000 OK\r\n\r\n'], STATUS_LINE],
  ['a status of letters', ['HTTP/1.1 OK\r\n\r\n'], STATUS_LINE],
  ['a few bytes and no more', ['hi\r\n', END], STATUS_LINE],
  ['TLS on a plain port', ['\x15\x03\x01\x00\x02\x02\x46', END], STATUS_LINE],
  ['two bytes', ['hi', END], STATUS_LINE],
  ['a page and no more', ['<html>ok</html>', END], STATUS_LINE],
  ['HTTP/2 and no more', ['\0\0\x12\x04\0\0\0\0\0', END], STATUS_LINE],
  ['lines that end in CR alone', ['HTTP/1.1 200 OK\rcontent-length: 0\r\r', END], STATUS_LINE],
  [
    'a header line without a colon',
    [`${OK}x-a: 1\r\nx-b: 2\r\nno colon here\r\n${EMPTY}`],
    'hold: header line 3 of the answer is malformed',
  ],
  ['a header name with a space', [`${OK}bad name: 1\r\n${EMPTY}`], 'hold: header line 1 of the answer is malformed'],
  ['a header without a name', [`${OK}x-a: 1\r\n: 2\r\n${EMPTY}`], 'hold: header line 2 of the answer is malformed'],
  ['a NUL in a header', [`${OK}x-a: a\0b\r\n${EMPTY}`], 'hold: header line 1 of the answer is malformed'],
  [
    'a malformed header behind 100',
    [`${CONTINUE}${OK}no colon\r\n${EMPTY}`],
    'hold: header line 1 of the answer is malformed',
  ],
  [
    'two different lengths',
    [`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    'hold: the answer has two different Content-Lengths',
  ],
  [
    'two different lengths in one line',
    [`${OK}content-length: 2, 3\r\n\r\n{}`],
    'hold: the answer has two different Content-Lengths',
  ],
  [
    'a length that is no number',
    [`${OK}content-length: two\r\n\r\n{}`],
    'hold: the Content-Length of the answer is no number',
  ],
  ['a length below zero', [`${OK}content-length: -1\r\n\r\n`], 'hold: the Content-Length of the answer is no number'],
  ['70 kB of headers', [OK + headersOf(71_680) + EMPTY], 'hold: the headers of the answer are longer than 64 kB'],
  [
    'a header without end',
    [`${OK}x-a: ${'v'.repeat(140_000)}`],
    'hold: the headers of the answer are longer than 64 kB',
  ],
  [
    'another protocol from here on',
    ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
    'hold: the answer is 101: it changes to a protocol that nobody asked for',
  ],
  [
    'blanks without end',
    [`${OK}x-a: `, ...Array.from({ length: 9 }, () => ' '.repeat(16_384))],
    'hold: the headers of the answer are longer than 64 kB',
  ],
  [
    'hints without end',
    Array.from({ length: 40 }, () => HINTS.repeat(600)),
    'hold: more interim answers (1xx) came than anybody has use for, and no answer',
  ],
  [
    '101 without saying which',
    ['HTTP/1.1 101 Hm\r\n\r\n'],
    'hold: the answer is 101: it changes to a protocol that nobody asked for',
  ],
];

const NONE: readonly Row[] = [
  ['nothing', [END], 'retry: UND_ERR_SOCKET'],
  ['100 and no more', [CONTINUE, END], 'retry: UND_ERR_SOCKET'],
  ['half a status line', ['HTTP/1.1 20', END], 'retry: UND_ERR_SOCKET'],
  ['a status line without its end', ['HTTP/1.1 200 O', END], 'retry: UND_ERR_SOCKET'],
  ['a status line with half of its end', ['HTTP/1.0 503 No\r', END], 'retry: UND_ERR_SOCKET'],
  ['one byte', ['H', END], 'retry: UND_ERR_SOCKET'],
  ['half of the headers', [`${OK}content-len`, END], 'retry: UND_ERR_SOCKET'],
];

const ROWS = [
  ['plain', PLAIN],
  ['legal but odd', ODD],
  ['whose body counts', WITH_BODY],
  ['without sense', SENSELESS],
  ['that ends too early', NONE],
] as const;

test('there are 60 answers and more', () => {
  expect(ROWS.flatMap(([, rows]) => rows).length).toBeGreaterThanOrEqual(60);
});

describe.each(ROWS)('an answer %s:', (_, rows) => {
  test.each(rows.map(([name, pieces, expected, deliver = {}]) => [name, pieces, expected, deliver] as const))(
    '%s',
    async (_name, pieces, expected, deliver) => {
      expect(await comesOf(pieces, deliver)).toBe(expected);
    },
  );
});

test('who waits to be spoken to in another protocol is no partner that is slow', async () => {
  const answers = ['\0\0\x12\x04\0\0\0\0\0', 'HTTP/1.1 2'].map((answer) => comesOf([answer], {}, 1_000));
  expect(await Promise.all(answers)).toEqual([STATUS_LINE, 'retry: ETIMEDOUT']);
});

test('no reason holds bytes of the answer', async () => {
  const why = await comesOf([`${OK}planted secret\r\n${EMPTY}`]);
  expect(why).not.toContain('planted');
});

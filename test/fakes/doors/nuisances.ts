// Ways to hold a connection of a door or of the bridge and get nowhere, each as the bytes that go over the wire.
import { DOOR_PATH } from '../../harness/programs/door-process.ts';
import type { Nuisance } from './stranger.ts';
import { END, FRAME, frame, head, PREFACE } from './stranger.ts';

const GET = 'GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n';
const request = (stream: number, path = '/openapi.json') =>
  frame(FRAME.headers, END.stream | END.headers, stream, head(path));
const streams = (count: number, make: (stream: number) => Buffer) =>
  Buffer.concat([PREFACE, ...Array.from({ length: count }, (_, index) => make(2 * index + 1))]);
const frames = (count: number, one: Buffer) => Buffer.concat([PREFACE, ...Array<Buffer>(count).fill(one)]);
const PING = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
const WINDOW_SHUT = frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0]));

/** What strangers do at the bridge, over HTTP/1.1 and HTTP/2 (not TLS). */
export const BRIDGE_NUISANCES: ReadonlyArray<readonly [string, Nuisance]> = [
  ['say nothing', {}],
  ['say one letter', { says: 'P' }],
  ['begin a head', { says: 'GET /stream HTTP/1.1\r\nhos', repeats: 't' }],
  ['ask for page after page and read none', { says: GET.repeat(100), deaf: true }],
  ['ask a few pages at a time and read none', { repeats: GET.repeat(20), deaf: true }],
  ['begin a body', { says: 'POST /stream HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n{', repeats: ' ' }],
  ['begin a stream without a key, and stay', { says: 'GET /stream HTTP/1.1\r\nhost: x\r\n\r\n' }],
  [
    'want to speak another protocol',
    { says: 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n' },
  ],
  ['come with TLS', { says: Buffer.from('16030100050100000103', 'hex') }],
  ['hang up in the middle', { says: 'GET /stream HTT', hangsUp: true }],
  ['begin HTTP/2 halfway', { says: 'PRI * HTTP/2.0\r\n' }],
  ['have a session and no stream', { says: PREFACE }],
  ['have a session and no stream, with a ping now and then', { says: PREFACE, repeats: PING }],
  ['have a session and no stream, and hear nothing', { says: PREFACE, repeats: PING, deaf: true }],
  ['ping and hear nothing', { says: frames(3_000, PING), deaf: true }],
  ['change settings for ever', { says: frames(2_000, frame(FRAME.settings, 0, 0)), deaf: true }],
  ['keep their window shut', { says: Buffer.concat([streams(20, request), WINDOW_SHUT]) }],
  [
    'keep it shut from the beginning',
    { says: Buffer.concat([PREFACE, WINDOW_SHUT, request(1), request(3)]), repeats: PING },
  ],
  ['begin more streams than there may be', { says: streams(500, request), deaf: true }],
  [
    'begin and reset streams',
    {
      says: streams(1_000, (at) => Buffer.concat([request(at), frame(FRAME.reset, 0, at, Buffer.from([0, 0, 0, 8]))])),
    },
  ],
  [
    'begin a body in HTTP/2',
    { says: streams(20, (at) => frame(FRAME.headers, END.headers, at, head('/stream', 0x83))), repeats: PING },
  ],
  [
    'go on with a head for ever in HTTP/2',
    {
      says: Buffer.concat([
        PREFACE,
        frame(FRAME.headers, 0, 1, head('/')),
        ...Array<Buffer>(100).fill(frame(FRAME.continuation, 0, 1, Buffer.from([0x40, 1, 0x78, 1, 0x79]))),
      ]),
    },
  ],
  ['leave a frame unfinished', { says: Buffer.concat([PREFACE, request(1).subarray(0, 12)]) }],
  ['send frames that there are not', { says: frames(500, frame(99, 255, 7, Buffer.alloc(20, 7))) }],
  ['say goodbye and stay', { says: Buffer.concat([PREFACE, frame(FRAME.goaway, 0, 0, Buffer.alloc(8))]) }],
];

const HEAD = 'host: x\r\ncontent-type: application/json\r\n';
const post = (path: string, length: number, more = '') =>
  `POST ${path} HTTP/1.1\r\n${HEAD}content-length: ${length}\r\n${more}\r\n`;
const WRONG = '{"auth":"wrong","bedsFree":1}';

/** What strangers do at a door. */
export const DOOR_NUISANCES: ReadonlyArray<readonly [string, Nuisance]> = [
  ['say nothing', {}],
  ['begin a head', { says: 'POST / HTTP/1.1\r\nhos' }],
  ['go on with a head for ever', { says: `POST / HTTP/1.1\r\n${HEAD}`, repeats: 'x: y\r\n' }],
  ['begin a body at a path without a door', { says: `${post('/nowhere', 50_000)}{`, repeats: ' ' }],
  ['begin a body at the door', { says: `${post(DOOR_PATH, 50_000)}{`, repeats: ' ' }],
  [
    'send chunks for ever',
    { says: `POST / HTTP/1.1\r\n${HEAD}transfer-encoding: chunked\r\n\r\n`, repeats: '1\r\n \r\n' },
  ],
  ['ask for page after page and read none', { says: 'GET /docs HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(100), deaf: true }],
  [
    'ask a few pages at a time and read none',
    { repeats: 'GET /docs HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20), deaf: true },
  ],
  ['ring with a wrong secret, many at once', { says: (post(DOOR_PATH, WRONG.length) + WRONG).repeat(100), deaf: true }],
  ['wait for 100 Continue', { says: post(DOOR_PATH, 100, 'expect: 100-continue\r\n') }],
  [
    'want to speak another protocol',
    { says: 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n' },
  ],
  ['want a tunnel', { says: 'CONNECT other:443 HTTP/1.1\r\nhost: other\r\n\r\n' }],
  ['come with TLS', { says: Buffer.from('16030100050100000103', 'hex') }],
  ['come with HTTP/2', { says: PREFACE }],
  ['keep HTTP/1.0 alive', { says: 'GET /docs HTTP/1.0\r\nconnection: keep-alive\r\n\r\n' }],
  ['hang up in the middle', { says: `${post(DOOR_PATH, 100)}{`, hangsUp: true }],
  ['smuggle', { says: `${post('/', 5, 'transfer-encoding: chunked\r\n')}0\r\n\r\n${post(DOOR_PATH, 9)}` }],
  ['ask OPTIONS *', { says: 'OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n' }],
];

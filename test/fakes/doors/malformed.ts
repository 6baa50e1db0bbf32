// Requests that no door may take: generated from a seed, each of a named kind, as the bytes that go over the wire. Most carry
// the right secret, so that nothing but their form keeps them out.
import { DOOR_PATH, DOOR_SECRET } from '../../harness/programs/door-process.ts';
import { chunk, chunked, request, whole } from './raw-request.ts';

export interface Malformed {
  readonly kind: string;
  /** Written one after the other; a number is a pause in ms. */
  readonly parts: ReadonlyArray<Buffer | number>;
  /** The connection is ended by us after the last part, without waiting for an answer. */
  readonly hangUp?: boolean;
}

type Random = () => number;
type Make = (random: Random, id: string) => Omit<Malformed, 'kind'>;

/** Mulberry32: the same seed makes the same requests. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const pick = <T>(random: Random, choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
const upTo = (random: Random, max: number): number => Math.floor(random() * max);
const AUTH = `"auth":${JSON.stringify(DOOR_SECRET)}`;
const body = (inner: string): string => `{${AUTH},${inner}}`;
const good = (id: string): string => body(`"bedsFree":1,"ward":${JSON.stringify(id)}`);

const KINDS: Readonly<Record<string, Make>> = {
  'nesting bomb': (random, id) => {
    const depth = 17 + upTo(random, 30_000);
    const [open, close] = pick(random, [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    const closed = random() < 0.5 ? close.repeat(depth) : '';
    return whole(
      `{${AUTH},"bedsFree":1,"changedAt":"${id}","ward":${open.repeat(depth).slice(0, 60_000)}1${closed}`.slice(
        0,
        65_000,
      ) + (closed ? '}' : ''),
    );
  },
  'prototype key': (random, id) => {
    const key = pick(random, ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']);
    return whole(
      body(
        `"bedsFree":1,"ward":{"${id}":1,"${key}":${pick(random, ['{"polluted":true}', 'null', '{"prototype":{"x":1}}'])}}`,
      ),
    );
  },
  'key twice': (random, id) =>
    whole(
      pick(random, [
        body(`"bedsFree":1,"bedsFree":2,"ward":"${id}"`),
        `{"auth":"x",${AUTH},"bedsFree":1,"ward":"${id}"}`,
        body(`"bedsFree":1,"ward":"${id}","\\u0077ard":"b"`),
      ]),
    ),
  'wrong encoding': (random, id) => {
    const text = good(id);
    const broken = Buffer.from(text.replace('}', ',"x":"??"}'));
    broken.set(
      pick(random, [
        [0xff, 0xfe],
        [0xc0, 0xaf],
        [0xed, 0xa0],
        [0xe2, 0x28],
      ]),
      broken.indexOf('??'),
    );
    return pick(random, [
      () => whole(Buffer.from(text, 'utf16le')),
      () => whole(Buffer.from(text, 'utf16le').swap16()),
      () => whole(broken),
      () => whole(Buffer.from(text.replace(id, `${id}é`), 'latin1')),
      () => whole(text, { type: 'application/json; charset=utf-16' }),
      () => whole(text, { more: [`content-encoding: ${pick(random, ['gzip', 'br', 'deflate', 'zstd'])}`] }),
    ])();
  },
  'byte order mark': (_random, id) => whole(`\ufeff${good(id)}`),
  'huge number': (random, id) =>
    whole(
      body(
        `"ward":"${id}","bedsFree":${pick(random, ['1e400', '-1e400', '9007199254740993', '2147483648', '-2147483649', '1.5', '1e-3', '0.1', `1${'0'.repeat(1 + upTo(random, 50_000))}`, '1E+10', `0.${'3'.repeat(10_000)}`])}`,
      ),
    ),
  'wrong type': (random, id) =>
    whole(
      body(
        `"ward":"${id}","bedsFree":${pick(random, ['"3"', 'null', 'true', '[]', '[3]', '{}', '{"int":3}', '"0x3"', '{"valueOf":3}', '"\\u0000"'])}`,
      ),
    ),
  'missing field': (random, id) =>
    whole(
      pick(random, [
        `{${AUTH}}`,
        `{${AUTH},"ward":"${id}"}`,
        `{${AUTH},"BedsFree":1}`,
        `{${AUTH},"beds.free":1}`,
        '{}',
      ]),
    ),
  'no object': (random) =>
    whole(
      pick(random, [
        '',
        ' ',
        'null',
        '1',
        '"text"',
        '[]',
        '[1]',
        `[${good('x')},null]`,
        `[[${good('x')}]]`,
        'true',
        '-',
        '\u0000',
      ]),
    ),
  'no JSON': (random, id) => {
    const text = good(id);
    return whole(
      pick(random, [
        text.slice(0, 1 + upTo(random, text.length - 2)),
        `${text}${pick(random, ['x', '{}', ',', ']', '\u0000', '//'])}`,
        text.replaceAll('"', "'"),
        text.replace('1', pick(random, ['01', '+1', '1.', '.1', 'NaN', 'Infinity', '0x1', '1_0', 'undefined'])),
        text.replace(',', ',,'),
        text.replace('}', ',}'),
        text.replace(id, `${id}\n`),
        text.replace(id, '\\x41'),
        text.replace(id, '\\ud800'),
      ]),
    );
  },
  'too large': (random, id) => {
    const padding = 'x'.repeat(65_536 + upTo(random, 200_000));
    const text = body(`"bedsFree":1,"ward":"${id}","padding":"${padding}"`);
    return random() < 0.5
      ? whole(text)
      : chunked(`${chunk(text.slice(0, 40_000))}${chunk(text.slice(40_000))}0\r\n\r\n`);
  },
  'wrong content type': (random, id) =>
    whole(good(id), {
      type: pick(random, [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/jsonx',
        'application/json,text/plain',
        'json',
        '',
        'application/json; charset=latin1',
        '*/*',
      ]),
    }),
  'broken chunks': (random, id) => {
    const text = good(id);
    const size = Buffer.byteLength(text).toString(16);
    return chunked(
      pick(random, [
        `zz\r\n${text}\r\n0\r\n\r\n`,
        `-1\r\n${text}\r\n0\r\n\r\n`,
        `0x${size}\r\n${text}\r\n0\r\n\r\n`,
        `${size}\n${text}\n0\n\n`,
        `ffffffffffffffffff\r\n${text}\r\n0\r\n\r\n`,
        `${size} \r\r\n${text}\r\n0\r\n\r\n`,
        `${size};${'e'.repeat(20_000)}\r\n${text}\r\n0\r\n\r\n`,
        `1\r\n${text}\r\n0\r\n\r\n`,
        `${size}\r\n${text}0\r\n\r\n`,
      ]),
    );
  },
  smuggling: (random, id) => {
    const text = good(id);
    const hidden = request(good(id)).toString('latin1');
    const length = Buffer.byteLength(text);
    return pick(random, [
      () => whole(`${chunk(text)}0\r\n\r\n`, { more: ['transfer-encoding: chunked'] }),
      () => whole(`0\r\n\r\n${hidden}`, { length: '5', more: ['transfer-encoding: chunked'] }),
      () => whole(text, { more: [`content-length: ${length + 1}`] }),
      () => whole(text, { length: `${length}, ${length}` }),
      () => whole(text, { length: `+${length}` }),
      () => whole(text, { length: `${length}a` }),
      () => whole(text, { length: '-1' }),
      () => whole(text, { length: '99999999999999999999999' }),
      () => whole(`${chunk(text)}0\r\n\r\n`, { length: '', more: ['transfer-encoding: xchunked'] }),
      () =>
        whole(`${chunk(text)}0\r\n\r\n`, {
          length: '',
          more: ['transfer-encoding: chunked', 'transfer-encoding: identity'],
        }),
      () => whole(`${chunk(text)}0\r\n\r\n`, { length: '', more: ['transfer-encoding : chunked'] }),
      () => whole(`${chunk(text)}0\r\n\r\n`, { length: '', more: ['transfer-encoding:\u000bchunked'] }),
      () => whole(text, { more: ['x-a: b\rcontent-length: 0'] }),
      () => whole(text, { more: ['x-a: b\u0000c'] }),
      () => whole(text, { more: ['x a: b'] }),
      () => whole(text, { more: [`content-length : ${length}`] }),
    ])();
  },
  'no HTTP': (random, id) =>
    pick(random, [
      { parts: [Buffer.from(Array.from({ length: 1 + upTo(random, 2_000) }, () => upTo(random, 256)))] },
      { parts: [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')] },
      { parts: [Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])], hangUp: true },
      { parts: [Buffer.from(`POST ${DOOR_PATH}\r\n\r\n${good(id)}`)] },
      { parts: [Buffer.from(`POST ${DOOR_PATH} HTTP/9.9\r\nhost: x\r\n\r\n`)] },
      { parts: [Buffer.from(`POST ${DOOR_PATH} HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}`)] },
      { parts: [request(good(id), { method: pick(random, ['BREW', 'post', 'P\u0001ST', '']) })] },
    ]),
  'too much head': (random, id) =>
    pick(random, [
      () => whole(good(id), { more: [`x-big: ${'x'.repeat(17_000)}`] }),
      () => whole(good(id), { more: Array.from({ length: 3_000 }, (_, n) => `x-${n}: 1`) }),
      () => whole(good(id), { path: `${DOOR_PATH}?${'a'.repeat(20_000)}` }),
      () => whole(good(id), { path: `/${'a/'.repeat(9_000)}` }),
    ])(),
  'another path': (random, id) =>
    whole(good(id), {
      path: pick(random, [
        `${DOOR_PATH}/`,
        `/${DOOR_PATH}`,
        `${DOOR_PATH}%00`,
        '/webhook/../webhook/bedChange',
        '/webhook/%62edChange',
        '/%E0%A4',
        '*',
        '/',
        '/webhook/bedChange;x',
        `${DOOR_PATH}#x`,
      ]),
    }),
  'another method': (random, id) =>
    whole(good(id), { method: pick(random, ['PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS', 'TRACE', 'PROPFIND']) }),
  'wrong credentials': (random, id) =>
    whole(
      `{"auth":${pick(random, ['""', 'null', '["a-secret-of-the-door"]', '{"length":20}', '"a-secret-of-the-doo"', '"A-SECRET-OF-THE-DOOR"', 'true'])},"bedsFree":1,"ward":"${id}"}`,
      {
        more: pick(random, [
          [],
          ['authorization: Bearer x.y.z'],
          ['x-api-key: ess_x'],
          ['webhook-id: a', 'webhook-timestamp: 1', 'webhook-signature: v1,AAAA'],
        ]),
      },
    ),
  'bad idempotency key': (random, id) =>
    whole(good(id), { more: [`idempotency-key: ${pick(random, ['x'.repeat(300), 'a b', '\u00e9', 'a\tb', '""'])}`] }),
  'array with a bad event': (random, id) =>
    whole(
      `[${good(id)},${pick(random, ['{}', `{${AUTH}}`, body('"bedsFree":"x"'), '{"auth":"x","bedsFree":1}', body('"bedsFree":1e400')])}]`,
    ),
  'too many events': (random, id) => whole(`[${good(id)}${',{}'.repeat(500 + upTo(random, 10_000))}]`),
  'cut off': (random, id) => {
    const bytes = request(good(id));
    return { parts: [bytes.subarray(0, 1 + upTo(random, bytes.length - 1))], hangUp: true };
  },
  'slow body': (random, id) => {
    const bytes = request(good(id));
    const at = bytes.length - 1 - upTo(random, 20);
    return {
      parts: [bytes.subarray(0, at - 10), 20 + upTo(random, 200), bytes.subarray(at - 10, at), 200],
      hangUp: true,
    };
  },
};

export function* malformed(count: number, random: Random): Generator<Malformed> {
  const kinds = Object.entries(KINDS);
  for (let index = 0; index < count; index += 1) {
    const [kind, make] = kinds[index % kinds.length] as (typeof kinds)[number];
    yield { kind, ...make(random, `bad-${index}`) };
  }
}

/** One that must be taken, to know that the door still works. */
export const wellFormed = (id: string): Buffer => request(good(id));

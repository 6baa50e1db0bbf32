import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Codec } from './codec.ts';
import { Subjects } from './subjects.ts';

const RULE = JSON.stringify({ type: 'record', name: 'Rule', fields: [] });
const JSON_TYPE = { 'content-type': 'application/json' };
const deep = (levels: number): string => `${'['.repeat(levels)}"int"${']'.repeat(levels)}`;

type Serve = (response: ServerResponse, asked: { readonly path: string; readonly authorization?: string }) => void;
const json =
  (status: number, body: object): Serve =>
  (response) =>
    response.writeHead(status, JSON_TYPE).end(JSON.stringify(body));
const raw =
  (status: number, text: string | Buffer, headers: Record<string, string> = JSON_TYPE): Serve =>
  (response) =>
    response.writeHead(status, headers).end(text);
const endless =
  (type: string): Serve =>
  (response) => {
    response.writeHead(200, { 'content-type': type });
    const chunk = Buffer.alloc(65_536, 0x20);
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    pour();
  };

let versions = 0;
const referring = () => ({
  id: 1,
  schema: RULE,
  references: [{ name: 'Rule', subject: 'rule', version: ++versions }],
});

let serve: Serve;
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  request.resume();
  const { authorization } = request.headers;
  serve(response, { path: request.url ?? '', ...(authorization === undefined ? {} : { authorization }) });
});
let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** A record under schema id 7. */
const RECORD = Buffer.from([0, 0, 0, 0, 7]);
const prepared = async (): Promise<ReturnType<Codec['decode']>> => {
  const codec = new Codec(`http://${origin}`);
  await codec.prepare([RECORD]);
  return codec.decode(RECORD);
};

test('a schema is read, with the schemas that it refers to', async () => {
  const outer = JSON.stringify({ type: 'record', name: 'Outer', fields: [{ name: 'inner', type: 'Rule' }] });
  serve = (response, { path }) => {
    const references = [{ name: 'Rule', subject: 'rule', version: 3 }];
    const body = path === '/schemas/ids/7' ? { schema: outer, references } : { id: 3, version: 3, schema: RULE };
    json(200, body)(response, { path });
  };
  expect(await prepared()).toEqual({ ok: true, record: { inner: {} } });
});

test("a schema that is not there is the record's trouble", async () => {
  serve = json(404, { error_code: 40403, message: 'Schema not found' });
  const detail = expect.stringContaining('no such schema');
  expect(await prepared()).toMatchObject({ ok: false, reason: 'unknown-schema', detail });
});

describe('a schema that is there cannot be read', () => {
  test.each<readonly [name: string, serve: Serve, detail: string]>([
    ['a schema that is not Avro', json(200, { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' }), 'not Avro'],
    ['JSON that is no Avro schema', json(200, { schema: '{"type":"rubbish"}' }), 'rubbish'],
    ['a schema that is not JSON', json(200, { schema: 'record Rule {}' }), 'not JSON'],
    ['a schema that is too deep', json(200, { schema: deep(300) }), 'more than 256 deep'],
    ['a schema that is too long', json(200, { schema: 'x'.repeat(2_000_000) }), 'more than 1048576 bytes'],
    [
      'a packed schema that is too long',
      raw(200, gzipSync(Buffer.alloc(50_000_000, 0x20)), { ...JSON_TYPE, 'content-encoding': 'gzip' }),
      '1048576',
    ],
    ['an endless schema', endless('application/vnd.schemaregistry.v1+json'), 'more than 1048576 bytes'],
    [
      'a schema that refers to others without end',
      (response) => json(200, referring())(response, { path: '' }),
      'more than 64 others',
    ],
  ])('%s', async (_name, how, detail) => {
    serve = how;
    expect(await prepared()).toMatchObject({
      ok: false,
      reason: 'unreadable-schema',
      detail: expect.stringContaining(detail),
    });
  });
});

describe('the registry is at fault: nothing is known about the record, which waits', () => {
  test.each<readonly [name: string, serve: Serve]>([
    ['a login page', raw(200, '<html>', { 'content-type': 'text/html' })],
    ['a page without end', endless('text/html')],
    ['a 404 of a server that is no registry', raw(404, '<h1>Not Found</h1>', { 'content-type': 'text/html' })],
    ['a 404 in JSON of one that is none', json(404, { status: 404, error: 'Not Found' })],
    ['a redirect', raw(302, '', { location: 'http://127.0.0.1:1/' })],
    ['a refusal', json(401, { error_code: 40101, message: 'Unauthorized' })],
    ['an outage', json(503, { message: 'later' })],
    ['no schema in the answer', json(200, { id: 7 })],
    ['a schema that is an object', json(200, { schema: { type: 'string' } })],
    ['a list', json(200, [RULE])],
    ['nothing', raw(200, '')],
    ['deep JSON', raw(200, `{"schema":${deep(100_000)}}`)],
    ['bytes that are no text', raw(200, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))],
    [
      'half an answer',
      (response) =>
        response.writeHead(200, { ...JSON_TYPE, 'content-length': '99' }).write('{', () => response.destroy()),
    ],
    ['headers without end', (response) => response.socket?.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`)],
  ])('%s', async (_name, how) => {
    serve = how;
    await expect(prepared()).rejects.toMatchObject({ code: 'ESS_REGISTRY' });
  });
});

test.each(['7', -1, 1.5, 2 ** 31, null])('an id that is no 32-bit number is no id: %p', async (id) => {
  serve = json(200, { id, version: 1, schema: RULE });
  const subjects = new Subjects(`http://${origin}`);
  const codec = new Codec(`http://${origin}`);
  await expect(subjects.latest('rules-value')).rejects.toMatchObject({ code: 'ESS_REGISTRY' });
  await expect(subjects.register('rules-value', JSON.parse(RULE))).rejects.toMatchObject({ code: 'ESS_REGISTRY' });
  await expect(codec.encoder('rules-value', JSON.parse(RULE))).rejects.toMatchObject({ code: 'ESS_REGISTRY' });
});

test('what a registry says is one line of bounded length, and names the address without its credentials', async () => {
  serve = json(422, { message: `${'no'.repeat(5_000)}\u001b[2J\n` });
  const failed = await new Subjects(`http://ess:planted-pass@${origin}/api/?x#y`).latest('x').catch((error) => error);
  expect(failed.code).toBe('ESS_CONFIG');
  expect(failed.message.length).toBeLessThan(400);
  expect(failed.message).toContain(`http://***@${origin}/api/`);
  expect(`${failed.stack} ${failed.cause}`).not.toContain('planted');
});

test('user and password of the address go out as Basic, in whatever spelling', async () => {
  let seen: string | undefined;
  serve = (response, { authorization }) => {
    seen = authorization;
    json(200, { schema: RULE })(response, { path: '' });
  };
  const codec = new Codec(`http://e%40s:p%3A%2Fss%20w@${origin}/`);
  await codec.prepare([RECORD]);
  expect(codec.decode(RECORD)).toEqual({ ok: true, record: {} });
  expect(seen).toBe(`Basic ${Buffer.from('e@s:p:/ss w').toString('base64')}`);
});

test('a registry that restarts is asked once more', async () => {
  asked = 0;
  serve = (response) => (asked === 1 ? json(503, {}) : json(200, { schema: RULE }))(response, { path: '' });
  expect(await prepared()).toEqual({ ok: true, record: {} });
});

describe('of several addresses', () => {
  const asking = (path: string) => `http://${origin}/${path}`;
  const RULES = '/subjects/rules-value/versions/latest';
  let paths: string[];
  const answering = (answers: Record<string, Serve>) => {
    paths = [];
    serve = (response, { path }) => {
      const [, first = ''] = path.split('/');
      paths.push(first);
      (answers[first] as Serve)(response, { path });
    };
  };
  const good = json(200, { id: 7, version: 1, schema: RULE });

  test.each<readonly [name: string, how: Serve]>([
    ['answers 5xx', json(503, {})],
    ['breaks off', (response) => void response.destroy()],
    ['is a login page', raw(200, '<html>')],
    ['is not the registry of this path', json(404, {})],
    ['is silent', () => undefined],
  ])('one that %s is passed over, and is not the first to be asked again', async (_name, how) => {
    answering({ a: how, b: good });
    const subjects = new Subjects(`${asking('a')},${asking('b/')}`);
    expect(await subjects.latest('rules-value')).toMatchObject({ id: 7 });
    expect(await subjects.latest('rules-value')).toMatchObject({ id: 7 });
    expect(paths).toEqual(['a', 'b', 'b']);
  });

  test.each([400, 401, 403, 404, 409, 422, 429])('a %i is an answer: no other is asked', async (status) => {
    answering({ a: json(status, { error_code: status === 404 ? 40401 : status }), b: good });
    await new Subjects(`${asking('a')},${asking('b')}`).latest('rules-value').catch(() => undefined);
    expect(paths).toEqual(['a']);
  });

  test('when none answers, each is named with its reason and asked once more if one had a 5xx', async () => {
    answering({ a: json(500, { message: 'later' }), b: (response) => void response.destroy() });
    const failed = await new Subjects(`${asking('a')},${asking('b')}`).latest('x').catch((error) => error);
    expect(failed).toMatchObject({ code: 'ESS_REGISTRY' });
    expect(failed.message).toContain(`${asking('a')} answered 500: later; `);
    expect(failed.message).toMatch(/\/b does not answer: [A-Z_]+$/);
    expect(paths).toEqual(['a', 'b', 'a', 'b']);
  });

  test('the path of each is kept', async () => {
    const seen: string[] = [];
    serve = (response, { path }) => {
      seen.push(path);
      good(response, { path });
    };
    await new Subjects(asking('apis/ccompat/v7/')).latest('rules-value');
    expect(seen).toEqual([`/apis/ccompat/v7${RULES}`]);
  });
});

// What the registry says of one schema id is the trouble of the records that name it: they are parked with that reason. When it gives
// nothing to us, or does not answer, nothing is known about any record: the partner waits, the cause is told, nothing is parked.
import { decodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import type { Instead } from '../fakes/registry-proxy.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { behindProxy } from '../harness/programs/behind-proxy.ts';
import { openTestStack } from '../harness/test-stack.ts';

const HEADER_BYTES = 5;
const FIRST_ID = 900_000;
/** What the registry answers for the ids from `FIRST_ID` on. */
const REFUSALS = [400, 403, 404, 422].map(
  (status) => ({ status, body: { error_code: status, message: `no ${status}` } }) as const,
);

test.concurrent('one id that is refused, no id, or the bytes of another serializer park that record, and say why', async () => {
  await using stack = await openTestStack();
  await using behind = await behindProxy(stack);
  const { proxy, partner, line } = behind;
  proxy.instead = (path) => REFUSALS[Number(/^\/schemas\/ids\/(\d+)/.exec(path)?.[1]) - FIRST_ID];
  const body = line.source.encode(makeRule('any', 1)).subarray(HEADER_BYTES);
  const bad: Record<string, readonly [value: Buffer, told: RegExp]> = {
    'is-400': [framed(FIRST_ID, body), /schema id 900000: .*answered 400: no 400/],
    'is-403': [framed(FIRST_ID + 1, body), /schema id 900001: .*answered 403: no 403/],
    'is-404': [framed(FIRST_ID + 2, body), /schema id 900002: the registry has no such schema/],
    'is-422': [framed(FIRST_ID + 3, body), /schema id 900003: .*answered 422: no 422/],
    'id-0': [framed(0, Buffer.from([0, 0, 0, 9, 2])), /schema id 0: .*8 bytes.*Apicurio.*it is 9/],
    'id-minus-1': [framed(-1, body), /schema id -1: ids begin at 1/],
    glue: [Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(16, 0xab), body]), /AWS Glue.*abababab-abab-/],
    json: [Buffer.from('{"ruleId":"json","version":2}'), /plain JSON/],
    bare: [body, /no.* in the Confluent wire format|not in the Confluent wire format/],
  };
  await line.start();
  for (const [key, [value]] of Object.entries(bad)) {
    await line.source.publish([makeRule(key, 1)]);
    await line.source.publishRaw(key, value);
    await line.source.publish([makeRule(key, 3)]);
  }
  await line.drained();
  const letters = new Map((await line.deadLetters()).map((row) => [row.key?.toString(), row]));
  for (const [key, [value, told]] of Object.entries(bad)) {
    expect([key, letters.get(key)?.detail]).toEqual([key, expect.stringMatching(told)]);
    expect(letters.get(key)?.value?.equals(value)).toBe(true);
  }
  expect(letters.size).toBe(Object.keys(bad).length);
  expect(partner.received).toHaveLength(2 * Object.keys(bad).length);
});

const EVERYTHING: ReadonlyArray<readonly [name: string, instead: Instead, told: RegExp]> = [
  ['401', { status: 401, body: { error_code: 40101, message: 'who?' } }, /answered 401: who\?/],
  ['403', { status: 403, body: { error_code: 40301, message: 'no' } }, /answered 403: no/],
  [
    '404, as of one that lost its schemas',
    { status: 404, body: { error_code: 40403 } },
    /no such schema; nor does it give/,
  ],
  ['503', { status: 503, body: { message: 'later' } }, /answered 503: later/],
  ['a broken connection', 'reset', /does not answer: [A-Z_]+/],
];

test.concurrent('of everything: what holds the partner parks nothing, and is told', async () => {
  await using stack = await openTestStack();
  await using behind = await behindProxy(stack);
  const { proxy, partner, line } = behind;
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  // Only an assignment that has begun commits, and status reads what is committed.
  await worker.logged('partitions.assigned');
  for (const [index, [name, instead, told]] of EVERYTHING.entries()) {
    const subject = `${line.source.name}-${index}`;
    // An id that nobody has asked for yet: one that was given once is kept.
    const schema = { ...(readSchema('rules') as AvroRecord), doc: subject };
    const id = await stack.subjects.register(subject, schema);
    const records = ['a', 'b'].map((rule) =>
      framed(id, line.source.encode(makeRule(rule, index + 1)).subarray(HEADER_BYTES)),
    );
    proxy.instead = (path) => (path.startsWith('/schemas/ids/') ? instead : undefined);
    for (const [at, record] of records.entries()) await line.source.publishRaw(at === 0 ? 'a' : 'b', record);
    await worker.logged('source.held', ({ error }) => told.test(String(error)));
    expect([name, await line.metric(worker, 'ess_source_held')]).toEqual([name, 1]);
    await eventually(`${name} is committed`, async () => {
      const reasons = [...(await line.committed()).values()].map(
        ({ offset, metadata }) => decodeMetadata(offset, metadata)?.health?.held?.reason ?? '',
      );
      return reasons.some((reason) => told.test(reason)) || undefined;
    });
    expect([name, (await line.run('status', line.partner)).stdout]).toEqual([name, expect.stringMatching(told)]);
    expect(partner.received).toHaveLength(2 * index);
    proxy.instead = () => undefined;
    await line.drained();
    expect(partner.received).toHaveLength(2 * index + 2);
    expect(await line.metric(worker, 'ess_source_held')).toBe(0);
  }
  expect(await line.deadLetters()).toEqual([]);

  proxy.instead = () => ({ status: 401, body: { error_code: 40101, message: 'who?' } });
  const status = line.ess(['status', line.partner, '--json'], { SCHEMA_REGISTRY_URL: proxy.url() });
  expect(await status.exited).toBe(0);
  const shown = { state: 'flowing', deadLetters: null, notKnown: expect.stringMatching(/answered 401: who\?/) };
  expect(status.rows()).toMatchObject([[shown]]);
});

test.concurrent('an id that is not there is not asked for with each record, and is found when it is registered', async () => {
  await using stack = await openTestStack();
  await using behind = await behindProxy(stack);
  const { proxy, partner, line } = behind;
  const good = line.source.encode(makeRule('late', 1));
  const path = `/schemas/ids/${good.readInt32BE(1)}`;
  const isAsked = () => proxy.asked.filter((one) => one.path.startsWith(path)).length;
  let isThere = false;
  proxy.instead = (asked) =>
    asked.startsWith(path) && !isThere ? { status: 404, body: { error_code: 40403, message: 'none' } } : undefined;
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  const parked = (count: number) =>
    eventually(`${count} letters`, async () => ((await line.deadLetters()).length >= count ? true : undefined));
  await line.source.publishRaw('late', good);
  await parked(1);
  const before = isAsked();
  for (let more = 0; more < 8; more += 1) await line.source.publishRaw('late', good);
  await parked(9);
  expect(isAsked() - before).toBeLessThan(8);
  // Behind the tenth they wait: a partner's dead letters are not flooded. What they are is found when they can be read.
  for (let more = 0; more < 2; more += 1) await line.source.publishRaw('late', good);
  await worker.logged('partner.held');
  await line.source.publishRaw('other', line.source.encode(makeRule('other', 1, { scope: 'Elsewhere' })));
  await line.source.publishRaw('late', line.source.encode(makeRule('late', 2)));
  isThere = true;
  await eventually('a record with it is delivered', async () => {
    await line.source.publishRaw('late', good);
    return partner.received.length > 0 || undefined;
  });
  await line.drained();
  expect(partner.received.filter(({ body }) => body['ruleId'] === 'other')).toEqual([]);
  expect(partner.received.map(({ body }) => body['version'])).toContain(2);
});

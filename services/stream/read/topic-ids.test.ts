import { expect, test } from '@jest/globals';
import { decodeTopicIds } from '../wire/topic-ids-protocol.ts';
import { TopicIds } from './topic-ids.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('who asks at the same time shares a question; who asks while one is under way shares the next, never its answer', async () => {
  const asked: Array<{ topics: readonly string[]; answer: (ids: ReadonlyMap<string, string>) => void }> = [];
  await using ids = new TopicIds((topics) => new Promise((answer) => void asked.push({ topics, answer })));
  const [first, second] = [ids.of('a'), ids.of('b')];
  await settled();
  const later = [ids.of('a'), ids.of('c')];
  await settled();
  expect(asked.map(({ topics }) => topics)).toEqual([['a', 'b']]);
  asked[0]?.answer(new Map([['a', '1']]));
  expect(await Promise.all([first, second])).toEqual(['1', undefined]);
  await settled();
  asked[1]?.answer(
    new Map([
      ['a', '2'],
      ['c', '3'],
    ]),
  );
  expect(await Promise.all(later)).toEqual(['2', '3']);
  expect(asked.map(({ topics }) => topics)).toEqual([
    ['a', 'b'],
    ['a', 'c'],
  ]);
});

test('a question that fails is told to those who asked, and the next is asked all the same', async () => {
  let away = true;
  await using ids = new TopicIds(async () => {
    if (away) throw new Error('away');
    return new Map([['a', '1']]);
  });
  await expect(ids.of('a')).rejects.toThrow('away');
  away = false;
  expect(await ids.of('a')).toBe('1');
});

test('the answer of a broker is read: one that there is not has none; without an id it is not in it', () => {
  const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const text = (value: string) => Buffer.concat([Buffer.of(value.length + 1), Buffer.from(value)]);
  const partition = Buffer.concat([
    Buffer.alloc(14),
    Buffer.of(2),
    Buffer.alloc(4),
    Buffer.of(2),
    Buffer.alloc(4),
    Buffer.of(1, 0),
  ]);
  const topic = (error: number, name: string, uuid: Buffer) =>
    Buffer.concat([Buffer.of(0, error), text(name), uuid, Buffer.of(0, 2), partition, Buffer.alloc(4), Buffer.of(0)]);
  const answer = Buffer.concat([
    Buffer.of(0), // no tags in the header
    Buffer.alloc(4),
    Buffer.of(2), // one broker, with a tag
    ...[Buffer.alloc(4), text('host'), Buffer.alloc(4), Buffer.of(0), Buffer.of(1, 7, 2, 0, 0)],
    ...[text('cluster'), Buffer.alloc(4)],
    Buffer.of(4),
    ...[topic(0, 'rules', id), topic(3, 'gone', id), topic(0, 'old', Buffer.alloc(16))],
    Buffer.alloc(4),
    Buffer.of(0),
  ]);
  const { clusterId, ids } = decodeTopicIds(answer);
  expect([clusterId, ...ids]).toEqual(['cluster', ['rules', id.toString('base64url')], ['gone', null]]);
  expect(() => decodeTopicIds(answer.subarray(0, 40))).toThrow('ends too soon');
});

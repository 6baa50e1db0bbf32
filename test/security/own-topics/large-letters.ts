// A letter that ess.dead-letters does not take as it is settles all the same: compressed, or without what is too large, with its size
// and its hash. A redrive reads what was left out from the source topic, and sends it only when it is the same.
import { randomBytes } from 'node:crypto';
import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import { expect, test } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { FakePartner } from '../../fakes/partner.ts';
import { makeRule } from '../../harness/data/rules.ts';
import { Pipeline } from '../../harness/programs/pipeline.ts';
import { stack } from './stack.ts';

/** What the operator of this cluster has set: less than a record of the source may have. */
const LETTER_MAX_BYTES = 100_000;
const LARGE_BYTES = 500_000;
const text = (bytes: number) => 'level '.repeat(bytes / 6);
const noise = (bytes: number) => randomBytes((bytes * 3) / 4).toString('base64');

test('letters larger than their topic takes settle, compressed or without their value, and are redriven whole', async () => {
  await takeAtMost(LETTER_MAX_BYTES);
  let status = 422;
  await using partner = await FakePartner.start(({ text: sent }) => (sent.length > LARGE_BYTES / 2 ? status : 200));
  const mapping = { fields: { ruleId: 'ruleId', version: 'version', title: 'title' } };
  await using line = await Pipeline.open(stack, partner, { partitions: 1, mapping });
  const sizes: Record<string, string> = {
    repeats: text(LARGE_BYTES),
    noise: noise(LARGE_BYTES),
    'noise-gone': noise(LARGE_BYTES),
  };
  const [worker] = await line.start();
  await line.source.publish([makeRule('first', 1)]);
  for (const [ruleId, title] of Object.entries(sizes)) await line.source.publish([makeRule(ruleId, 1, { title })]);
  await line.source.publishRaw('headers', Buffer.from('none'), { noise: noise(LARGE_BYTES) });
  await line.source.publish([makeRule('last', 1)]);
  await line.drained();

  const letters = new Map((await line.deadLetters()).map((letter) => [letter.key?.toString(), letter]));
  const leftOut = new Map([...letters].map(([key, letter]) => [key, leftOutOf(letter).map(({ part }) => part)]));
  expect(Object.fromEntries(leftOut)).toEqual({
    repeats: [],
    noise: ['value'],
    'noise-gone': ['value'],
    headers: ['headers'],
  });
  const repeats = line.source.encode(makeRule('repeats', 1, { title: text(LARGE_BYTES) }));
  expect(letters.get('repeats')?.value?.length).toBe(repeats.length);
  expect(letters.get('noise')).toMatchObject({ topic: line.source.name, partition: 0, offset: 2, value: null });
  const arrived = partner.received.filter((one) => one.status === 200).map(({ body }) => body['ruleId']);
  expect(arrived).toEqual(['first', 'last']);

  status = 200;
  const redrive = (key: string) => {
    const { topic, partition, offset } = letters.get(key) ?? {};
    return line.run(
      'dead-letters',
      'redrive',
      `${topic}:${partition}:${offset}`,
      '--partner',
      line.partner,
      '--yes',
      '--json',
    );
  };
  for (const key of ['repeats', 'noise']) {
    const { code, stdout } = await redrive(key);
    expect([key, code, JSON.parse(stdout)]).toEqual([key, 0, expect.objectContaining({ redriven: 1 })]);
    expect(partner.received.at(-1)?.body).toMatchObject({ ruleId: key, version: 1, title: sizes[key] });
  }
  const partitions = [{ partition: 0, offset: '4' }];
  await stack.admin.deleteTopicRecords({ topic: line.source.name, partitions });
  const before = partner.received.length;
  const refused = await redrive('noise-gone');
  expect([refused.code, JSON.parse(refused.stdout)]).toEqual([1, expect.objectContaining({ redriven: 0, failed: 1 })]);
  expect(partner.received).toHaveLength(before);
  const { stdout } = await line.run('dead-letters', 'list', '--partner', line.partner, '--limit', '0', '--json');
  const listed = stdout
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row) as Record<string, unknown>);
  expect(listed.find(({ offset }) => offset === 3)).toMatchObject({
    state: 'parked',
    stateReason: expect.stringContaining('cannot be sent again'),
    leftOut: [{ part: 'value' }],
  });
  expect(worker?.ended).toBeUndefined();
});

async function takeAtMost(bytes: number): Promise<void> {
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: 'ess.dead-letters', configEntries }];
  await stack.admin.alterConfigs({ validateOnly: false, resources });
}

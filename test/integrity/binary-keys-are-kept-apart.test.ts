// Keys are bytes. Two keys that are no text, and that look the same when they are read as one, are two entities: each has its lane, its
// state, and its newest version after an outage.
import { read } from '@ess/stream/read/read.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** As a serializer of longs writes them; the first two are the same text. */
const KEYS: Readonly<Record<string, readonly [key: Buffer, text: string]>> = {
  A: [Buffer.from('00000000000000ff', 'hex'), 'base64:AAAAAAAAAP8='],
  B: [Buffer.from('00000000000000fe', 'hex'), 'base64:AAAAAAAAAP4='],
  C: [Buffer.from('Zürich'), 'Zürich'],
  D: [Buffer.from('base64:AAAAAAAAAP8='), 'base64:YmFzZTY0OkFBQUFBQUFBQVA4PQ=='],
};
const VERSIONS = 3;

test('after an outage each of them goes out in its newest version, and is replayed by the text of its key', async () => {
  const [a, b] = [KEYS['A']?.[0], KEYS['B']?.[0]];
  expect(String(a)).toBe(String(b));
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, {
    partitions: 1,
    deliver: { catchUp: 'latest' },
    source: { key: 'region' }, // which none of them has: the record's key counts
    mapping: { fields: { title: 'entity', version: 'version' } },
  });
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  await partner.down();
  const messages = Array.from({ length: VERSIONS }, (_, index) =>
    Object.entries(KEYS).map(([title, [key]]) => ({
      key,
      value: line.source.encode(makeRule('same', index + 1, { title, region: null })),
      partition: 0,
    })),
  ).flat();
  const producer = stack.kafka.producer();
  await producer.connect();
  await producer.send({ topic: line.source.name, messages });
  await producer.disconnect();
  const names = Object.keys(KEYS);
  await eventually('the older ones are superseded', async () => {
    const superseded = (await line.audit()).filter(({ outcome }) => outcome === 'superseded');
    return superseded.length >= (VERSIONS - 1) * names.length || undefined;
  });
  await partner.up();
  await line.drained();
  const arrived = () => partner.received.filter(({ status }) => status === 200);
  const seen = arrived().map(({ body }) => `${body['entity']} ${body['version']}`);
  expect(seen.sort()).toEqual(names.map((name) => `${name} ${VERSIONS}`));
  const acked = (await line.audit()).filter(({ outcome }) => outcome === 'delivered');
  const texts = Object.values(KEYS).map(([, text]) => text);
  expect(acked.map(({ ruleId }) => ruleId).sort()).toEqual([...texts].sort());
  expect(await stateKeys(line)).toEqual(texts.map((text) => `${line.partner}/${text}`).sort());

  const before = arrived().length;
  const { code } = await line.run(
    'replay',
    line.partner,
    '--earliest',
    '--key',
    'base64:AAAAAAAAAP8=',
    '--yes',
    '--wait',
  );
  expect(code).toBe(0);
  expect(
    new Set(
      arrived()
        .slice(before)
        .map(({ body }) => body['entity']),
    ),
  ).toEqual(new Set(['A']));
});

async function stateKeys(line: Pipeline): Promise<string[]> {
  const keys = new Set<string>();
  for await (const batch of read(line.stack.kafka, { topic: 'ess.delivery-state' }))
    for (const { key } of batch) if (String(key).startsWith(`${line.partner}/`)) keys.add(String(key));
  return [...keys].sort();
}

// Whoever may write to a source topic chooses keys, ids, headers, times and sizes. Whatever they are: the record is delivered
// or a dead letter, it has its audit row, the position passes it, and the records behind it in its partition flow.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import type { Message } from 'kafkajs';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Belt } from '../harness/programs/belt.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const MIB = 1_048_576;
/** What a topic may be configured to take: records far larger than a dead letter, and any time. */
const ANYTHING = { 'max.message.bytes': String(12 * MIB), 'message.timestamp.after.max.ms': String(2n ** 63n - 1n) };
const GARBAGE = Buffer.from('no Avro');
const SHORT = /^.{64}\.\.\.sha256:[0-9a-f]{16}$/u;
const long = (bytes: number, character = 'x') => character.repeat(bytes / Buffer.byteLength(character));

type Sent = Omit<Message, 'partition'>;

async function send(stack: TestStack, topic: string, messages: readonly Sent[]): Promise<void> {
  const producer = stack.kafka.producer();
  await producer.connect();
  try {
    for (const message of messages) await producer.send({ topic, messages: [{ partition: 0, ...message }], acks: -1 });
  } finally {
    await producer.disconnect();
  }
}

test('records with ids, headers and sizes of any length are letters with audit rows, and the good ones behind them arrive', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start((request) => (request.text.length > MIB ? 422 : 200));
  const mapping = { fields: { ruleId: 'ruleId', version: 'version', title: 'title' } };
  await using line = await Pipeline.open(stack, partner, { partitions: 1, config: ANYTHING, mapping });
  const rule = (ruleId: string, more = {}) => line.source.encode(makeRule(ruleId, 1, more));
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`h${index}`, 'v']));
  const members = JSON.parse('{"constructor":"a","__proto__":"b","toString":"c"}') as Record<string, string>;

  /** Reason of the letter, what its detail says, and the parts that were left out of it. */
  const letters: Array<readonly [name: string, reason: string, detail: RegExp, leftOut: string[], message: Sent]> = [
    ['a key, no value', 'decode', /record key is 900000 bytes/, [], { key: long(900_000), value: null }],
    ['a key, garbage', 'decode', /record key is 900000 bytes/, [], { key: long(900_000), value: GARBAGE }],
    ['a key, a good rule', 'decode', /record key is 900000 bytes/, [], { key: long(900_000), value: rule('k') }],
    ['a rule id', 'decode', /rule id is 600000 bytes/, [], { key: 'k', value: rule(long(600_000)) }],
    ['both', 'decode', /rule id is 600000/, [], { key: long(600_000, '傷'), value: rule(long(600_000, '傷')) }],
    ['an event id', 'decode', /event id is 700000/, [], { key: 'k', value: rule('e', { eventId: long(700_000) }) }],
    ['one byte too many', 'decode', /rule id is 1025 bytes/, [], { key: 'k', value: rule(long(1_025)) }],
    ['a cut inside a character', 'decode', /is 1026 bytes/, [], { key: 'k', value: rule(`xx${long(1_024, '🔥')}`) }],
    ['a key of one byte too many', 'decode', /key is 1025 bytes/, [], { key: randomBytes(1_025), value: rule('k') }],
    ['a header', 'decode', /./, [], { key: 'k', value: GARBAGE, headers: { h: randomBytes(900_000) } }],
    ['a header’s name', 'decode', /./, [], { key: 'k', value: GARBAGE, headers: { [long(900_000)]: 'v' } }],
    ['20,000 headers', 'decode', /./, [], { key: 'k', value: GARBAGE, headers: many }],
    ['names of members', 'decode', /./, [], { key: 'k', value: GARBAGE, headers: members }],
    ['a time beyond the calendar', 'decode', /./, [], { key: 'k', value: GARBAGE, timestamp: String(2n ** 62n) }],
    ['a value of 3 MB', 'decode', /left out/, ['value'], { key: 'k', value: randomBytes(3 * MIB) }],
    ['a key of 3 MB', 'decode', /key is/, ['key'], { key: randomBytes(3 * MIB), value: rule('k') }],
    [
      'headers of 3 MB',
      'decode',
      /left out/,
      ['headers'],
      { key: 'k', value: GARBAGE, headers: { h: randomBytes(3 * MIB) } },
    ],
    [
      'all of it',
      'decode',
      /left out/,
      ['value', 'key', 'headers'],
      { key: randomBytes(2.2 * MIB), value: randomBytes(2.4 * MIB), headers: { h: randomBytes(2.1 * MIB) } },
    ],
    ['refused', 'status-422', /left out/, ['value'], { key: 'big', value: rule('big', { title: long(3 * MIB) }) }],
    [
      'refused, then gone',
      'status-422',
      /left out/,
      ['value'],
      { key: 'gone', value: rule('gone', { title: long(3 * MIB) }) },
    ],
  ];
  const taken: Sent[] = [
    { key: long(1_024), value: rule(long(1_024)) },
    { key: 'four', value: rule(long(1_024, '🔥')) },
    { key: 'event', value: rule('event', { eventId: long(1_024, '傷') }) },
    { key: 'headers', value: rule('headers', { title: 'x' }), headers: { ...many, h: randomBytes(900_000) } },
    { key: 'late', value: rule('late'), timestamp: String(2n ** 62n) },
    { key: 'last', value: rule('last') },
  ];
  const [worker] = await line.start();
  await send(stack, line.source.name, [...letters.map(([, , , , message]) => message), ...taken]);
  await line.drained();

  const parked = (await line.deadLetters()).sort((a, b) => a.offset - b.offset);
  const rows = (await line.audit()).filter(({ outcome }) => outcome === 'deadLettered');
  expect(parked.map(({ offset }) => offset)).toEqual(letters.map((_, offset) => offset));
  expect(rows.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual(letters.map((_, offset) => offset));
  const listed = new Map(
    (await list(line)).map((letter) => [Number(letter['offset']), letter as Record<string, unknown>]),
  );
  for (const [offset, [name, reason, detail, leftOut, { key, value }]] of letters.entries()) {
    const letter = parked[offset];
    expect([name, letter?.reason, letter?.detail]).toEqual([name, reason, expect.stringMatching(detail)]);
    const parts = (listed.get(offset)?.['leftOut'] ?? []) as Array<{ part: string; bytes: number }>;
    expect([name, parts.map(({ part }) => part).sort()]).toEqual([name, [...leftOut].sort()]);
    // Whole, or not at all.
    const whole = (part: string, original: unknown, kept: Buffer | null | undefined) =>
      leftOut.includes(part) ? kept === null : Buffer.from((original ?? '') as string).equals(kept ?? Buffer.alloc(0));
    expect([name, whole('key', key, letter?.key), whole('value', value, letter?.value)]).toEqual([name, true, true]);
    expect(Buffer.byteLength(letter?.ruleId ?? '')).toBeLessThanOrEqual(1_024);
  }
  expect(parked.slice(3, 5).map(({ ruleId }) => ruleId)).toEqual([1, 2].map(() => expect.stringMatching(SHORT)));
  expect(parked[11]?.headers).toHaveLength(20_000);
  expect(parked[12]?.headers.map(({ key }) => key).sort()).toEqual(['__proto__', 'constructor', 'toString']);
  // On a machine that is busy an answer may come too late, and the record again.
  const arrived = new Set(partner.received.filter(({ status }) => status === 200).map(({ body }) => body['ruleId']));
  const good = ['event', 'headers', 'late', 'last', long(1_024), long(1_024, '🔥')];
  expect([...arrived].sort()).toEqual(good.sort());
  const shown = await line.run('dead-letters', 'show', `${line.source.name}:0:17`);
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('the value was left out for its size')]);

  await redriveShortened(line, partner, letters.length - 2);
  expect(worker?.ended).toBeUndefined();
});

/** Of two letters without their values, from `first` on: one record is in the topic, the other has left it. */
async function redriveShortened(line: Pipeline, partner: FakePartner, first: number): Promise<void> {
  const redrive = (position: number) =>
    line.run(
      'dead-letters',
      'redrive',
      `${line.source.name}:0:${position}`,
      '--partner',
      line.partner,
      '--yes',
      '--json',
    );
  partner.reply = () => 200;
  const before = partner.received.length;
  const sent = await redrive(first);
  expect([sent.code, JSON.parse(sent.stdout)]).toEqual([0, expect.objectContaining({ redriven: 1, failed: 0 })]);
  expect(partner.received.slice(before).map(({ body }) => [body['ruleId'], String(body['title']).length])).toEqual([
    ['big', 3 * MIB],
  ]);

  const { admin } = line.stack;
  const partitions = [{ partition: 0, offset: String(first + 2) }];
  await admin.deleteTopicRecords({ topic: line.source.name, partitions });
  const refused = await redrive(first + 1);
  expect([refused.code, JSON.parse(refused.stdout)]).toEqual([1, expect.objectContaining({ redriven: 0, failed: 1 })]);
  expect(partner.received).toHaveLength(before + 1);
  const left = (await list(line)).find(({ offset }) => offset === first + 1);
  expect(left).toMatchObject({
    state: 'parked',
    redriven: 1,
    stateReason: expect.stringContaining('cannot be sent again'),
    leftOut: [{ part: 'value' }],
  });
}

async function list(line: Pipeline): Promise<Array<Record<string, unknown>>> {
  const { code, stdout } = await line.run('dead-letters', 'list', '--partner', line.partner, '--limit', '0', '--json');
  expect(code).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>);
}

test('the projector parks what the public topics never take, exactly that, and projects the others once', async () => {
  await using stack = await openTestStack();
  await using belt = await Belt.open(stack, 1, ANYTHING);
  const rule = (ruleId: string, more = {}) => belt.source.encode(makeRule(ruleId, 1, more));
  const culprits: Array<readonly [reason: string, detail: RegExp, message: Sent]> = [
    ['projection', /MESSAGE_TOO_LARGE/, { key: 'k', value: rule('large', { title: long(3 * MIB) }) }],
    // The public document is small, the record as rules.latest keeps it is not.
    ['projection', /MESSAGE_TOO_LARGE/, { key: 'k', value: rule('parameters', { parameters: { p: long(3 * MIB) } }) }],
    ['decode', /record key is 900000 bytes/, { key: long(900_000), value: rule('k') }],
    ['decode', /record key is 900000 bytes/, { key: long(900_000), value: null }],
    ['decode', /rule id is 600000 bytes/, { key: 'k', value: rule(long(600_000)) }],
    ['decode', /event id is 1025 bytes/, { key: 'k', value: rule('e', { eventId: long(1_025) }) }],
    ['decode', /./, { key: 'k', value: randomBytes(3 * MIB), headers: { h: 'v' } }],
    ['decode', /./, { key: 'k', value: GARBAGE, headers: { [long(900_000)]: 'v' } }],
  ];
  const good = Array.from({ length: 3 * culprits.length }, (_, index) => `good-${index}`);
  const records = culprits.flatMap(([, , message], index) => [
    ...good.slice(3 * index, 3 * index + 3).map((id): Sent => ({ key: id, value: rule(id) })),
    message,
  ]);
  // Times that Kafka would refuse are no reason to park: these are projected with the time of today.
  const dated = { future: Date.UTC(2100, 0), never: 2n ** 62n };
  for (const [id, time] of Object.entries(dated)) records.push({ key: id, value: rule(id), timestamp: String(time) });
  const projectable = [...good, ...Object.keys(dated)];
  await send(stack, belt.source.name, records);
  const projector = belt.spawn();
  await belt.drained();

  const parked = (await belt.deadLetters()).sort((a, b) => a.offset - b.offset);
  expect(parked.map(({ offset, reason, detail, partner }) => [partner, offset, reason, detail])).toEqual(
    culprits.map(([reason, detail], index) => ['public', 4 * index + 3, reason, expect.stringMatching(detail)]),
  );
  expect((await belt.seen()).map(({ rule: { ruleId } }) => ruleId)).toEqual(projectable);
  expect([...(await belt.latest()).keys()]).toEqual(projectable);
  expect(projector.ended).toBeUndefined();
});

test('ess publish names a rule whose id is too long, and one that its topic does not take', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const publish = (rule: RulePublished) => {
    const file = join(line.connectors, `${rule.version}.json`);
    writeFileSync(file, JSON.stringify(rule));
    return line.ess(['publish', file]);
  };
  const named = publish(makeRule(long(1_025), 1, { eventId: long(1_026) }));
  const large = publish(makeRule('r', 2, { title: long(2 * MIB) }));
  expect([await named.exited, await large.exited]).toEqual([2, 1]);
  expect(named.output).toContain('ruleId is 1025 bytes long, at most 1024 are taken');
  expect(named.output).toContain('eventId is 1026 bytes long, at most 1024 are taken');
  expect(large.output).toMatch(/rules does not take a record of 2\d+ bytes with the key r: MESSAGE_TOO_LARGE/);
});

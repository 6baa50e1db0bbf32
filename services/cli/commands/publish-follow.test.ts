import type { RulePublished } from '@ess/schemas/generated/types.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import { expect, test } from '@jest/globals';
import type { LineAnswer } from './publish-follow.ts';
import { followRules, UNANSWERED_MAX } from './publish-follow.ts';

const line = (ruleId: string, more: object = {}) =>
  JSON.stringify({
    ruleId,
    version: 1,
    status: 'active',
    scope: 'Hospital',
    title: 'Beds',
    publishedBy: 'me',
    ...more,
  });
const shown = (answer: LineAnswer) =>
  'problems' in answer ? [answer.line, ...answer.problems] : [answer.line, answer.rule.ruleId, answer.place.offset];

/** Kafka that acknowledges when it is told to. */
function slowKafka() {
  const sent: { readonly rule: RulePublished; readonly acknowledge: () => void; readonly refuse: () => void }[] = [];
  const publish = (rule: RulePublished) => {
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    const place = { topic: 'rules', partition: 0, offset: sent.length };
    sent.push({ rule, acknowledge: () => resolve(place), refuse: () => reject(new Error('rules does not take it')) });
    return promise;
  };
  return { sent, publish };
}
const turn = () => new Promise(setImmediate);

test('each line is sent when it comes, and answered when it is acknowledged, in the order of the lines', async () => {
  const { sent, publish } = slowKafka();
  const answers: LineAnswer[] = [];
  const more = Promise.withResolvers<void>();
  async function* lines() {
    yield `\ufeff${line('a')}`;
    yield '';
    yield line('b');
    await more.promise;
    yield line('c');
  }
  const done = followRules('stdin', lines(), publish, (answer) => answers.push(answer));
  await turn();
  expect(sent.map(({ rule }) => rule.ruleId)).toEqual(['a', 'b']);
  expect(sent[0]?.rule).toMatchObject({ eventId: expect.any(String), publishedAt: expect.any(Number) });
  sent[1]?.acknowledge();
  await turn();
  expect(answers).toEqual([]);
  sent[0]?.acknowledge();
  await turn();
  expect(answers.map(shown)).toEqual([
    [1, 'a', 0],
    [3, 'b', 1],
  ]);
  more.resolve();
  await turn();
  sent[2]?.acknowledge();
  expect(await done).toBe(0);
  expect(answers.map(shown).at(-1)).toEqual([4, 'c', 2]);
});

test('a line that is wrong, or that Kafka refuses, is answered in its place, and the others go on', async () => {
  const { sent, publish } = slowKafka();
  const answers: LineAnswer[] = [];
  async function* lines() {
    yield line('a');
    yield '{"ruleId":';
    yield line('b', { minIcuBed: 3 });
    yield line('c');
    yield { why: 'is not UTF-8' };
  }
  const done = followRules('stdin', lines(), publish, (answer) => answers.push(answer));
  await turn();
  sent[0]?.refuse();
  sent[1]?.acknowledge();
  expect(await done).toBe(4);
  expect(answers.map(shown)).toEqual([
    [1, 'rules does not take it'],
    [2, expect.stringMatching(/^stdin:2: not JSON/)],
    [3, expect.stringMatching(/^stdin:3: minIcuBed is not a field.*did you mean "minIcuBeds"/)],
    [4, 'c', 1],
    [5, 'stdin:5: is not UTF-8'],
  ]);
});

test('what was sent is answered, also when no more can be read', async () => {
  const { sent, publish } = slowKafka();
  const answers: LineAnswer[] = [];
  async function* lines() {
    yield line('a');
    throw new Error('EIO');
  }
  const done = followRules('stdin', lines(), publish, (answer) => answers.push(answer));
  await turn();
  sent[0]?.acknowledge();
  await expect(done).rejects.toThrow('EIO');
  expect(answers.map(shown)).toEqual([[1, 'a', 0]]);
});

test('while too many are not acknowledged no more are read', async () => {
  const { sent, publish } = slowKafka();
  let read = 0;
  async function* lines() {
    for (; read < UNANSWERED_MAX + 5; read += 1) yield line(`r${read}`);
  }
  const done = followRules('stdin', lines(), publish, () => undefined);
  while (sent.length < UNANSWERED_MAX) await turn();
  await turn();
  expect(sent).toHaveLength(UNANSWERED_MAX);
  for (const { acknowledge } of sent.slice(0, 2)) acknowledge();
  while (sent.length < UNANSWERED_MAX + 2) await turn();
  await turn();
  expect(sent).toHaveLength(UNANSWERED_MAX + 2);
  let acknowledged = 2;
  const rest = setInterval(() => {
    for (; acknowledged < sent.length; acknowledged += 1) sent[acknowledged]?.acknowledge();
  }, 1);
  expect(await done).toBe(0);
  clearInterval(rest);
});

// Guarantees 1, 2 and 4 with a request in flight that outlives the session: heartbeats go on, and the group waits for its answer.
import { SESSION_TIMEOUT_MS } from '@ess/stream/group/group-options.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const ANSWERS_AFTER_MS = SESSION_TIMEOUT_MS + 2_000;

test('a request that outlives the session goes out once, though another worker joins and the first is stopped meanwhile', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(({ body }) =>
    body['ruleId'] === 'slow' && body['version'] === 1 ? { status: 200, afterMs: ANSWERS_AFTER_MS } : 200,
  );
  await using line = await Pipeline.open(stack, partner, { deliver: { timeoutMs: 60_000 } });
  const [first] = await line.start(1);
  await line.source.publish([makeRule('slow', 1), makeRule('slow', 2), makeRule('other', 1)]);
  await partner.until((received) => received.length === 2);
  const second = line.spawn();
  await second.logged('worker.started');
  await first?.signal('SIGTERM');
  expect(first?.ended).toBe(0);
  await partner.until((received) => received.some(({ body }) => body['ruleId'] === 'slow' && body['version'] === 2));
  await line.drained();
  const sent = partner.received.map(({ body, status }) => `${body['ruleId']} ${body['version']}: ${status}`);
  expect(sent.toSorted()).toEqual(['other 1: 200', 'slow 1: 200', 'slow 2: 200']);
  expect(await line.deadLetters()).toEqual([]);
});

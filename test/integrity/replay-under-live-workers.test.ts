// A replay moves positions while workers run: exactly the records of its range go out again, in order, and the newest
// version of each rule is the last one that the partner gets.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { Pipeline } from '../fakes/pipeline.ts';
import { makeRule } from '../fakes/rules.ts';
import { openTestStack } from '../fakes/test-stack.ts';

test('scratch', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 3 });
  await line.start();
  await line.source.publish(
    Array.from({ length: 300 }, (_, index) => makeRule(`r${index % 100}`, 1 + Math.floor(index / 100))),
  );
  await line.drained();
  const preview = await line.json('replay', line.partner, '--earliest', '--dry-run');
  console.log(JSON.stringify(preview));
  const before = partner.received.length;
  const result = await line.json('replay', line.partner, '--earliest', '--yes', '--wait', '--reason', 'test');
  console.log(JSON.stringify(result));
  const again = partner.received.slice(before);
  expect(again).toHaveLength(300);
  expect(new Set(again.map(({ headers }) => headers['ess-replay']))).toEqual(new Set([result['id']]));
  await line.drained();
}, 90_000);

// `catchUp: latest`: after an outage each rule goes out once, in its newest version; the rest is on record
// as superseded.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';

const RECORDS = sized(3_000, 30_000);
const KEYS = sized(100, 1_000);

test('a partner that was down gets exactly one record of each rule, the newest', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { deliver: { catchUp: 'latest' } });
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  await partner.down();
  await line.source.publish(Array.from({ length: 20 }, (_, index) => makeRule(`r${index}`, 1)));
  await worker.logged('partner.held');
  const versions = RECORDS / KEYS;
  const rules = Array.from({ length: RECORDS }, (_, index) =>
    makeRule(`r${index % KEYS}`, 2 + Math.floor(index / KEYS)),
  );
  await line.source.publish(rules);
  // Intake goes on while the partner is held: everything but the newest is superseded before it returns.
  const toSupersede = RECORDS + 20 - KEYS;
  await eventually(
    `${toSupersede} superseded`,
    async () =>
      (await line.audit()).filter(({ outcome }) => outcome === 'superseded').length >= toSupersede ? true : undefined,
    { timeoutMs: PATIENCE_MS },
  );

  await partner.up();
  const startedAt = performance.now();
  await line.drained();
  const tookMs = Math.round(performance.now() - startedAt);
  const accepted = partner.received.filter(({ status }) => status === 200);
  report('catch-up, latest', `${RECORDS} records of ${KEYS} rules held`, {
    delivered: accepted.length,
    'until lag 0, ms': tookMs,
  });
  expect(accepted.map(({ body }) => `${body['ruleId']} v${body['version']}`).sort()).toEqual(
    Array.from({ length: KEYS }, (_, index) => `r${index} v${1 + versions}`).sort(),
  );
  expect(await line.deadLetters()).toEqual([]);
});

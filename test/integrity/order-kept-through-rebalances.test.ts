// Guarantees 1 and 2 while workers come and go: no gap, no overtaking, and after a graceful leave nothing is sent twice.
import { Sender } from '@ess/worker/send/sender.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge } from '../judges/delivery-checker.ts';

const ROUNDS = sized(2, 10);
const FREEZES = sized(1, 4);
const LOAD = { perSecond: sized(80, 200), keys: 60 };

test.concurrent('workers that join and leave in good order under load: nothing lost, nothing twice, every rule in order', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start((_request, index) => ({
    status: index % 40 === 0 ? 503 : 200,
    afterMs: 20 + (index % 60),
  }));
  await using line = await Pipeline.open(stack, partner, { deliver: { timeoutMs: 60_000 } });
  const alive: EssProcess[] = await line.start(2);
  const load = steadyLoad(line.source, LOAD);
  const slowest: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedMs = performance.now();
    alive.push(line.spawn());
    await line.stable(3);
    await alive.shift()?.signal('SIGTERM');
    await line.stable(2);
    slowest.push(Math.round(performance.now() - startedMs));
    const before = partner.received.length;
    await partner.until((received) => received.length > before + 100);
  }
  const rules = await load.stop();
  await line.drained();
  const verdict = judge(rules, partner.received, await line.audit());
  report('graceful rebalances', `${ROUNDS} joins and leaves under ${LOAD.perSecond}/s`, {
    published: rules.length,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    duplicates: verdict.duplicates.audited.length + verdict.duplicates.inFlight.length,
    'ms per join and leave': slowest.join('/'),
  });
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [], inFlight: [] } });
  expect(line.workers.map(({ ended }) => ended).filter((ended) => ended !== undefined && ended !== 0)).toEqual([]);
  expect(await line.deadLetters()).toEqual([]);
});

test.concurrent('a worker that was frozen past its session sends nothing stale when it wakes', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 30 }));
  await using line = await Pipeline.open(stack, partner);
  await line.start(2);
  const [frozen] = line.workers;
  const load = steadyLoad(line.source, LOAD);
  let members = await line.stable(2);
  for (let freeze = 0; freeze < FREEZES; freeze += 1) {
    const before = partner.received.length;
    await partner.until((received) => received.length > before + LOAD.perSecond);
    await frozen?.signal('SIGSTOP');
    await line.stable(1, { before: members, gone: 1 });
    // The other one has gone on with the frozen one's rules: every key has been delivered since.
    const taken = partner.received.length;
    await partner.until(
      (received) => new Set(received.slice(taken).map(({ body }) => body['ruleId'])).size === LOAD.keys,
    );
    await frozen?.signal('SIGCONT');
    members = await line.stable(2);
  }
  const rules = await load.stop();
  await line.drained();
  const verdict = judge(rules, partner.received, await line.audit());
  report('frozen worker', `${FREEZES} freezes past the session under ${LOAD.perSecond}/s`, {
    published: rules.length,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    'audited duplicates': verdict.duplicates.audited.length,
    'in-flight or un-audited duplicates': verdict.duplicates.inFlight.length,
  });
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [] } });
  expect(frozen?.ended).toBeUndefined();
});

test('a request that waited for its connection past its timeout is not sent, though its timer has not fired yet', async () => {
  await using partner = await FakePartner.start();
  const sender = new Sender({ url: partner.url, allow: ['127.0.0.0/8'], connections: 1 });
  const outgoing = { headers: { 'content-type': 'application/json' }, body: '{}' };
  const timeoutMs = 200;
  const first = Promise.withResolvers<unknown>();
  const second = Promise.withResolvers<unknown>();
  sender.send(outgoing, PATIENCE_MS, undefined, (answer) => {
    const wakeAt = performance.now() + 2 * timeoutMs;
    while (performance.now() < wakeAt); // the process stands still, as it does between SIGSTOP and SIGCONT
    first.resolve(answer);
  });
  sender.send(outgoing, timeoutMs, undefined, second.resolve);
  expect(await first.promise).toMatchObject({ kind: 'answered', status: 200 });
  expect(await second.promise).toEqual({ kind: 'unreachable', code: 'ETIMEDOUT' });
  await sender.close();
  expect(partner.received).toHaveLength(1);
});

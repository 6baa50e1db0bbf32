// Guarantees 1 and 6: a partner that is down costs nothing but time. The topic is the buffer, the group stays as it is.
import { expect, test } from '@jest/globals';
import { eventually } from '../fakes/deadline.ts';
import { judge } from '../fakes/delivery-checker.ts';
import { steadyLoad } from '../fakes/load.ts';
import { FakePartner } from '../fakes/partner.ts';
import { Pipeline } from '../fakes/pipeline.ts';
import { report, sized } from '../fakes/results.ts';
import { openTestStack } from '../fakes/test-stack.ts';

const OUTAGE_MS = sized(6_000, 30_000);
const PER_SECOND = 200;
const RESUME_WITHIN_MS = 2_000;

test('a partner that is down under load loses nothing, parks nothing, rebalances nothing and is served again within 2 s of its return', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  const load = steadyLoad(line.source, { perSecond: PER_SECOND, keys: 100 });
  await partner.until((received) => received.length >= PER_SECOND);

  await partner.down();
  await worker.logged('partner.held');
  const wentMs = performance.now();
  await eventually('the end of the outage', () => (performance.now() - wentMs > OUTAGE_MS ? true : undefined), {
    timeoutMs: OUTAGE_MS * 2,
  });
  const before = partner.received.length;
  await partner.up();
  const backMs = performance.now();
  await partner.until((received) => received.length > before + 1);
  const resumedMs = Math.round(performance.now() - backMs);
  const rules = await load.stop();
  await line.drained();

  const verdict = judge(rules, partner.received, await line.audit());
  const rebalances = await line.metric(worker, 'ess_rebalances_total');
  report('outage', `${OUTAGE_MS / 1000} s under ${PER_SECOND}/s`, {
    published: rules.length,
    'resumed after ms': resumedMs,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    duplicates: verdict.duplicates.audited.length + verdict.duplicates.inFlight.length,
    rebalances,
  });
  expect(resumedMs).toBeLessThan(RESUME_WITHIN_MS);
  expect(rules.length).toBeGreaterThan((PER_SECOND * OUTAGE_MS) / 1000);
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [], inFlight: [] } });
  expect(await line.deadLetters()).toEqual([]);
  expect(rebalances).toBe(1);
}, 240_000);

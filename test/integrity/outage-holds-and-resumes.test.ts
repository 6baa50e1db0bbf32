// Guarantees 1 and 6: a partner that is down costs nothing but time. The topic is the buffer, the group stays as it is.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge } from '../judges/delivery-checker.ts';

const PER_SECOND = sized(100, 200);
/** So long is the outage: rules that were published meanwhile, and times that it was asked whether the partner is back. */
const MEANWHILE = sized(800, 6_000);
const PROBES = sized(3, 20);

// How soon it is served again is for the bench to say (RESUME): at most one wait between two probes, 1.5 s, stands before it.
test('a partner that is down under load loses nothing, parks nothing, rebalances nothing and is served again by the first probe after its return', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { deliver: { timeoutMs: 60_000 } });
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  const load = steadyLoad(line.source, { perSecond: PER_SECOND, keys: 100 });
  await partner.until((received) => received.length >= PER_SECOND);

  await partner.down();
  await worker.logged('partner.held');
  const from = load.published();
  const attempts = worker.count('delivery.attempted');
  await eventually(
    'the end of the outage',
    () => (load.published() > from + MEANWHILE && worker.count('delivery.attempted') >= attempts + PROBES) || undefined,
  );
  const before = partner.received.length;
  const back = Promise.withResolvers<number>();
  partner.reply = (_request, index) => (index === before ? back.promise : 200);
  await partner.up();
  await partner.until((received) => received.length > before);
  // The probe is open, and until it is answered nothing else is sent.
  expect(worker.count('partner.resumed')).toBe(0);
  expect(partner.received).toHaveLength(before + 1);
  back.resolve(200);
  await worker.logged('partner.resumed');
  const rules = await load.stop();
  await line.drained();

  const verdict = judge(rules, partner.received, await line.audit());
  const rebalances = await line.metric(worker, 'ess_rebalances_total');
  report('outage', `${MEANWHILE} rules at ${PER_SECOND}/s`, {
    published: rules.length,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    duplicates: verdict.duplicates.audited.length + verdict.duplicates.inFlight.length,
    rebalances,
  });
  expect([worker.count('partner.held'), worker.count('partner.resumed')]).toEqual([1, 1]);
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [], inFlight: [] } });
  expect(await line.deadLetters()).toEqual([]);
  expect(rebalances).toBe(1);
});

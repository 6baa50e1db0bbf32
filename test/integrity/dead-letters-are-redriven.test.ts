// Dead letters are sent once more through the lanes of their rules: none lost, in order, also while a worker is killed.
import { expect, test } from '@jest/globals';
import { evictMember } from '../fakes/kafka/evict.ts';
import { FakePartner } from '../fakes/partner.ts';
import { writeLetters } from '../harness/data/letters.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge } from '../judges/delivery-checker.ts';

const PARKED = sized(1_000, 100_000);
const REDRIVEN = sized(500, 10_000);
const KEYS = 300;
const WORKERS = 3;

const rulesOf = (count: number, keys = KEYS, prefix = 'd') =>
  Array.from({ length: count }, (_, index) => makeRule(`${prefix}${index % keys}`, 1 + Math.floor(index / keys)));

test('of many dead letters the first page comes at once, and a redrive loses none of its own through a kill -9', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 5 }));
  await using line = await Pipeline.open(stack, partner);
  const rules = rulesOf(REDRIVEN);
  await writeLetters(line, rules);
  await writeLetters(line, rulesOf(PARKED - REDRIVEN, 5_000, 'other'), { reason: 'mapping' });

  const listedAt = performance.now();
  const listing = line.ess(['dead-letters', 'list', '--partner', line.partner, '--json', '--limit', '100']);
  await listing.printed(1);
  const firstPageMs = Math.round(performance.now() - listedAt);
  expect([await listing.exited, listing.output]).toEqual([0, expect.stringContaining('100 shown')]);
  expect(listing.rows()).toHaveLength(100);

  const [victim] = await line.start(1);
  const [victimId = ''] = await line.stable(1);
  for (let more = 1; more < WORKERS; more += 1) line.spawn();
  await line.stable(WORKERS);
  const load = steadyLoad(line.source, { perSecond: 100, keys: 50 });
  const startedAt = performance.now();
  const redrive = line.ess([
    'dead-letters',
    'redrive',
    '--partner',
    line.partner,
    '--reason',
    'status-422',
    '--yes',
    '--json',
  ]);
  const redriven = () => partner.received.filter(({ body }) => String(body['ruleId']).startsWith('d')).length;
  await partner.until(() => redriven() >= REDRIVEN / 3, PATIENCE_MS, 'the first third');
  await victim?.signal('SIGKILL');
  await evictMember(stack, line.group, victimId); // as when its session is over, only at once
  expect(await redrive.exited).toBe(0);
  const tookMs = Math.round(performance.now() - startedAt);
  const live = await load.stop();
  await line.drained();

  expect(redrive.rows()).toMatchObject([
    { status: 'completed', selected: REDRIVEN, failed: 0, passed: 0, stopped: [] },
  ]);
  const verdict = judge([...rules, ...live], partner.received, await line.audit());
  report('redrive', `${REDRIVEN} of ${PARKED} dead letters, ${WORKERS} workers, 1 kill, 100/s live`, {
    'first page ms': firstPageMs,
    'redrive ms': tookMs,
    lost: verdict.lost.length,
    'out of order': verdict.outOfOrder.length,
    'audited duplicates': verdict.duplicates.audited.length,
    'in-flight or un-audited duplicates': verdict.duplicates.inFlight.length,
  });
  expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [] });
  // A kill between the audit row and the state row repeats what was in between.
  expect(verdict.duplicates.audited.length + verdict.duplicates.inFlight.length).toBeLessThanOrEqual(256);

  const left = line.ess(['dead-letters', 'list', '--partner', line.partner, '--reason', 'status-422', '--json']);
  await left.exited;
  expect(left.rows()).toEqual([]);
});

// Guarantees 1 and 2 while the leaders of a three-broker cluster are killed one after another under load, the group's
// coordinator first: while a broker is dead every partition goes on without it. How soon is measured by the bench (LEADER).
import { partitionOf } from '@ess/stream/wire/partition.ts';
import { expect, test } from '@jest/globals';
import { allInSync, coordinatorOf, mostLeading } from '../fakes/kafka/brokers.ts';
import type { Received } from '../fakes/partner.ts';
import { FakePartner } from '../fakes/partner.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { eventually } from '../harness/deadline.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL, report, sized } from '../harness/results.ts';
import { judge } from '../judges/delivery-checker.ts';

const KILLS = sized(1, 6);
const PER_SECOND = sized(100, 500);
const KEYS = 200;
const PARTITIONS = 12;
/** For what may take its time on a busy machine, and must come all the same. */
const PATIENT_MS = 180_000;

/** The place of a delivered rule in what the load publishes. */
const numberOf = ({ body }: Received): number =>
  (Number(body['version']) - 1) * KEYS + Number(String(body['ruleId']).slice(1));

/** In every run chaos kills leaders of three brokers (chaos-holds-every-guarantee). */
const inFull = FULL ? test : test.skip;

inFull(
  'the leader is killed again and again under load: nothing is lost, order is kept, and no partition waits for the dead broker',
  async () => {
    await using stack = await ownTestStack(3, true);
    await using partner = await FakePartner.start();
    await using line = await Pipeline.open(stack, partner, { topic: 'rules' });
    await line.start(2);
    const load = steadyLoad(line.source, { perSecond: PER_SECOND, keys: KEYS });
    await partner.until((received) => received.length > PER_SECOND);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const broker =
        stack.processes.kafka[
          kill % 2 === 0 ? await coordinatorOf(stack.admin, line.group) : await mostLeading(stack.admin, 'rules')
        ];
      await broker?.kill('SIGKILL');
      const published = load.published();
      let seen = partner.received.length;
      const reached = new Set<number>();
      // It stays dead until rules of every partition that were published after its death are acked.
      await partner.until(
        (received) => {
          for (const one of received.slice(seen))
            if (numberOf(one) >= published) reached.add(partitionOf(String(one.body['ruleId']), PARTITIONS));
          seen = received.length;
          return reached.size === PARTITIONS;
        },
        PATIENT_MS,
        'rules of every partition without the dead broker',
      );
      await broker?.start();
      await eventually(
        'all replicas in sync',
        async () => (await allInSync(stack.admin).catch(() => false)) || undefined,
        {
          timeoutMs: PATIENT_MS,
          stepMs: 500,
        },
      );
    }
    const rules = await load.stop();
    await line.drained(PATIENT_MS);

    const verdict = judge(rules, partner.received, await line.audit());
    report('leaders killed', `${KILLS} kills, the next one when all is in sync, under ${PER_SECOND}/s`, {
      published: rules.length,
      lost: verdict.lost.length,
      'out of order': verdict.outOfOrder.length,
      'audited duplicates': verdict.duplicates.audited.length,
      'other duplicates': verdict.duplicates.inFlight.length,
    });
    expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [] } });
    expect(await line.deadLetters()).toEqual([]);
  },
  1_200_000,
);

// LEADER: how soon are acks prompt again when the broker that the group depends on is killed? On three brokers of its own.
// Two clocks: from the moment a rule was handed to its publisher, and from the one at which Kafka had it, which is the
// worker's part alone.
import { setTimeout as delay } from 'node:timers/promises';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { coordinatorOf } from '../../../fakes/kafka/brokers.ts';
import { FakePartner } from '../../../fakes/partner.ts';
import { nameOf, steadyLoad } from '../../../harness/data/load.ts';
import { ownTestStack } from '../../../harness/own-stack.ts';
import { Pipeline } from '../../../harness/programs/pipeline.ts';
import { judge } from '../../../judges/delivery-checker.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';

const PER_SECOND = 500;
const KEYS = 200;
const SETTLED_MS = 300_000;
const SOON_MS = 1_000;
/** So long nothing is late: what a busy machine delays after that is not the kill's. */
const PROMPT_MS = 2_000;

export const LEADER: Scenario = {
  id: 'LEADER',
  title: "the group's coordinator is killed",
  alone: true,
  async run(lab) {
    /** Longer than the recovery may take: nothing that waits for the broker's return is prompt in time. */
    const downMs = lab.sized(20_000, 16_000);
    const runs = await alternate(lab, 'LEADER', { ess: () => killedRun(lab, downMs) });
    return {
      setting: `three brokers, two workers, ${PER_SECOND} rules per second; kill -9 of the coordinator, back after ${downMs / 1000} s; ms from the kill until ${PROMPT_MS / 1000} s begin whose rules are all acked within ${SOON_MS / 1000} s`,
      runs,
      claims: [
        { figure: 'handedInMs', side: 'ess', atMost: 15_000 },
        { figure: 'inKafkaMs', side: 'ess' },
      ],
    };
  },
};

async function killedRun(lab: Lab, downMs: number): Promise<Outcome> {
  await using stack = await ownTestStack(3, true);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { topic: 'rules' });
  await line.start(2);
  const load = steadyLoad(line.source, { perSecond: PER_SECOND, keys: KEYS });
  await partner.until((received) => received.length > PER_SECOND);
  const broker = stack.processes.kafka[await coordinatorOf(stack.admin, line.group)];
  const fromMs = Date.now();
  await broker?.kill('SIGKILL');
  await delay(downMs, undefined, { signal: lab.signal });
  const toMs = Date.now();
  await broker?.start();
  const rules = await load.stop();
  await line.drained(SETTLED_MS);
  const { lost, outOfOrder, duplicates } = judge(rules, partner.received, await line.audit());
  const slow = (publishedMs: (rule: RulePublished) => number) =>
    slowSpell({ fromMs, toMs }, rules, publishedMs, partner);
  return {
    figures: {
      handedInMs: slow(({ publishedAt }) => publishedAt),
      inKafkaMs: slow((rule) => load.acknowledgedAtMs.get(nameOf(rule)) ?? 0),
    },
    lost: lost.length,
    outOfOrder: outOfOrder.length,
    duplicates: duplicates.audited.length + duplicates.inFlight.length,
  };
}

/** How long after the kill the first prompt seconds begin, before the broker's return. */
function slowSpell(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  rules: readonly RulePublished[],
  publishedMs: (rule: RulePublished) => number,
  { received }: FakePartner,
): number {
  const ackedAt = new Map<string, number>();
  for (const { body, status, atMs } of received) {
    const name = nameOf(body as unknown as RulePublished);
    if (status === 200 && !ackedAt.has(name)) ackedAt.set(name, atMs);
  }
  // What was on its way when the broker died is late because of that.
  const mine = rules
    .map((rule) => ({ atMs: publishedMs(rule), ackMs: ackedAt.get(nameOf(rule)) ?? Number.NaN }))
    .filter(({ atMs }) => atMs >= fromMs - SOON_MS && atMs < toMs)
    .sort((a, b) => a.atMs - b.atMs);
  const late = mine.filter(({ atMs, ackMs }) => !(ackMs - atMs < SOON_MS)).map(({ atMs }) => atMs);
  const next = [...late.slice(1), mine.at(-1)?.atMs ?? 0];
  const last = late.find((atMs, index) => (next[index] ?? 0) - atMs > PROMPT_MS);
  // Without such seconds it has not recovered at all.
  return late.length === 0 ? 0 : Math.max(0, (last ?? toMs) - fromMs);
}

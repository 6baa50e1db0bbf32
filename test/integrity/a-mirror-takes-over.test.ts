// A cluster is lost and the copy that MirrorMaker 2 has made of it takes over (docs/disaster.md). There all offsets, ids of topics and the
// cluster's id are others, and positions are translated coarsely, or not at all: nothing is skipped, what the mirrored rows say is acked
// is not sent again, pauses hold, letters keep their ids. Only in full: two clusters of its own, and Kafka Connect.
import type { LockstepAnswer } from '@ess/view/answer.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { MirrorMaker } from '../harness/mirror/mirror-maker.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL, report } from '../harness/results.ts';
import type { TestStack } from '../harness/test-stack.ts';

const inFull = FULL ? test : test.skip;
const RULES = 300;
/** Not acked before the loss. */
const STUCK = ['r55', 'r155', 'r255'];
const MIRRORED = ['rules', 'ess.audit', 'ess.delivery-state', 'ess.dead-letters', 'ess.control'];

const of = (version: number, from = 0, to = RULES) =>
  Array.from({ length: to - from }, (_, at) => makeRule(`r${from + at}`, version));
const nameOf = ({ body, headers }: FakePartner['received'][number]) =>
  `${body['ruleId']} v${body['version'] ?? headers['ess-rule-version']}`;
const acked = ({ received }: FakePartner) => received.filter(({ status }) => status === 200).map(nameOf);
const newest = (partner: FakePartner) => {
  const found = new Map<unknown, number>();
  for (const { body, status } of partner.received)
    if (status === 200) found.set(body['ruleId'], Math.max(found.get(body['ruleId']) ?? 0, Number(body['version'])));
  return found;
};

inFull(
  'the mirror of a lost cluster takes over: nothing is skipped, and what is on record is not sent again',
  async () => {
    await using old = await ownTestStack();
    await using taking = await ownTestStack();
    // The registry is not lost; where it keeps its schemas in Kafka they are mirrored.
    const there: TestStack = {
      ...taking,
      registry: old.registry,
      subjects: old.subjects,
      [Symbol.asyncDispose]: async () => {},
    };
    // Three are not acked before the loss, and one is refused for good.
    let isHere = true;
    const reply: FakePartner['reply'] = ({ body: { ruleId, version } }) => {
      if (ruleId === 'refused') return 422;
      return isHere && STUCK.includes(String(ruleId)) && version === 2 ? 503 : 200;
    };
    const start = () => FakePartner.start(reply);
    await using positioned = await start();
    await using positionless = await start();
    await using versionless = await start();
    await using paused = await start();
    const retry = { maxAttempts: 1_000, firstMs: 200, maxMs: 400 };
    await using line = await Pipeline.open(old, positioned, { topic: 'rules', deliver: { retry } });
    const others = [
      line.addPartner(positionless.url, { deliver: { retry } }),
      line.addPartner(versionless.url, { deliver: { retry }, source: { version: undefined } as never }),
      line.addPartner(paused.url, { deliver: { retry } }),
    ] as const;
    const all = [line.partner, ...others];
    const [withoutPosition, , isPaused] = others;

    const first = line.spawnFor(all);
    await eventually('all are assigned', () => first.count('partitions.assigned') >= all.length || undefined);
    await line.source.publish(of(1));
    for (const partner of all) await line.drained(undefined, partner);
    // Retention has taken the first half of it: no offset of the copy is that of its record before.
    const partitions = (await old.admin.fetchTopicOffsets('rules')).map(({ partition, high }) => ({
      partition,
      offset: String(Math.floor(Number(high) / 2)),
    }));
    await old.admin.deleteTopicRecords({ topic: 'rules', partitions });
    await line.json('pause', isPaused, '--reason', 'their ticket');
    await using mirror = await MirrorMaker.start(old, there);
    await mirror.hasCopied(MIRRORED);

    await line.source.publish([...of(2), makeRule('refused', 1)]);
    const unpaused = [positioned, positionless, versionless];
    for (const partner of unpaused)
      await partner.until(
        () => new Set(acked(partner).filter((name) => name.endsWith(' v2'))).size === RULES - STUCK.length,
      );
    await first.signal('SIGTERM');
    await mirror.hasCopied(MIRRORED);
    await mirror.hasGroups(all);
    await mirror.stop();
    // What comes now no mirror has.
    const worker = line.spawnFor(all);
    await line.source.publish(of(3, 0, 40));
    await positioned.until(() => acked(positioned).filter((name) => name.endsWith(' v3')).length >= 40);
    await Promise.all(old.processes.kafka.map((broker) => broker.kill('SIGKILL')));
    await worker.signal('SIGKILL');
    isHere = false;
    const before = [...unpaused, paused].map(({ received }) => received.length);

    const startedAt = performance.now();
    await there.admin.deleteGroups([`ess.${withoutPosition}`]);
    await using taken = await Pipeline.open(there, positioned, { topic: 'rules', partner: line.partner });
    const heir = line.spawnFor(all, { KAFKA_BROKERS: there.brokers.join(',') });
    await heir.logged('partitions.assigned');
    // The agency publishes again what it published last.
    await taken.source.publish(of(3, 0, 40));
    for (const partner of all.slice(0, 3)) await taken.drained(undefined, partner);
    const tookMs = performance.now() - startedAt;

    const wanted = new Map(of(2).map(({ ruleId, version }, at) => [ruleId, at < 40 ? 3 : version]));
    for (const partner of unpaused) expect(newest(partner)).toEqual(wanted);
    // The rows of the old cluster say who has what.
    const again = unpaused.map((partner, at) => {
      const had = new Set(
        partner.received
          .slice(0, before[at])
          .filter(({ status }) => status === 200)
          .map(nameOf),
      );
      return partner.received
        .slice(before[at])
        .map(nameOf)
        .filter((name) => had.has(name) && !name.endsWith(' v3'));
    });
    expect(again.slice(0, 2)).toEqual([[], []]);
    expect(paused.received).toHaveLength(before[3] as number);
    expect(heir.lines.filter(({ msg }) => msg === 'topic.anew').length).toBeGreaterThan(0);

    const resumed = taken.ess(['resume', isPaused], { ESS_CONNECTORS: line.connectors });
    expect(await resumed.exited).toBe(0);
    await taken.drained(undefined, isPaused);
    expect(newest(paused)).toEqual(wanted);

    // A letter is sent again under the id that it was parked with, on the cluster before.
    const [parked] = positioned.received.filter(({ body }) => body['ruleId'] === 'refused');
    positioned.reply = () => 200;
    const redriven = await taken.run('dead-letters', 'redrive', '--partner', line.partner, '--why', 'mended', '--yes');
    expect(redriven).toMatchObject({ code: 0 });
    await positioned.until((all) => all.some(({ id, status }) => id === parked?.id && status === 200));
    await eventually('all is in step', async () => {
      const { partners } = await taken.json<LockstepAnswer>('lockstep', line.partner);
      return partners[0]?.drifting === 0 || undefined;
    });
    report('a-mirror-takes-over', `${RULES} rules, 4 partners`, {
      'first start to in step s': Math.round(tookMs / 100) / 10,
      'sent again with a version': again.slice(0, 2).flat().length,
      'sent again without one': again[2]?.length ?? 0,
    });
  },
);

// A rolling update: workers, bridges, doors and command lines of the last version and of this one on one cluster, in one group, on
// one set of topics. What either writes (commit metadata, audit rows, dead letters, commands, cursors, keys of rings) the other
// reads, whichever of them is killed, asked or started first.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { openControl, replayEnd } from '../harness/data/control.ts';
import { hookRecords, judgeKeys } from '../harness/data/hook-records.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { DOOR_PATH, DOOR_SECRET, DoorProcess, hookTopic, writeDoor } from '../harness/programs/door-process.ts';
import { applyLastSchemas, lastVersion } from '../harness/programs/last-version.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { rulesOf, StreamLine, versions } from '../harness/programs/stream-line.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { FULL, report, sized } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { judge, judgeByRule } from '../judges/delivery-checker.ts';
import { judgeReplay } from '../judges/replay-judge.ts';

type Version = 'last' | 'this';
/** Who comes first, and who comes after it. */
const WAYS: ReadonlyArray<readonly [first: Version, second: Version]> = [
  ['last', 'this'],
  ['this', 'last'],
];
const CONCURRENCY = 4;
const EXACT = { missing: [], outside: [], outOfOrder: [], leftBehind: [] };

const cleanup = new Cleanup();
let stack: TestStack;
let scripts: Record<Version, string | undefined>;

beforeAll(async () => {
  scripts = { last: lastVersion(), this: undefined };
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  await applyLastSchemas(stack);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const spawn = (line: Pipeline, version: Version): EssProcess => line.spawn({}, [], scripts[version]);

/** Runs a command of one version that must succeed. @returns the objects it printed */
async function ess(line: Pipeline, version: Version, ...args: string[]): Promise<Array<Record<string, unknown>>> {
  const command = line.ess(args, {}, scripts[version]);
  const code = await command.exited;
  if (code !== 0)
    throw new Error(`ess ${args.join(' ')} of the ${version} version ended with ${code}:\n${command.output}`);
  return command.rows();
}

const inFull = FULL ? test : test.skip;

const together = <T>(run: (first: Version, second: Version) => Promise<T>, ways = WAYS): Promise<T[]> =>
  Promise.all(ways.map(([first, second]) => run(first, second)));

// The update under load mixes both as well; a kill of each version alone is in the tests of kills.
inFull(
  'kill -9 of one beside the other: it takes the partitions over, and repeats nothing that was audited',
  async () => {
    const verdicts = await together(
      async (killed, heir) => {
        await using partner = await FakePartner.start(({ body }) =>
          // Stay open below what is settled: what the commits say above the watermark counts.
          ({ status: String(body['ruleId']).endsWith('7') && body['version'] === 2 ? 503 : 200, afterMs: 20 }),
        );
        const deliver = { concurrency: CONCURRENCY, retry: { maxAttempts: 1_000, firstMs: 1_000, maxMs: 2_000 } };
        await using line = await Pipeline.open(stack, partner, { partitions: 4, deliver });
        const victim = spawn(line, killed);
        spawn(line, heir);
        const before = await line.stable(2);
        const load = steadyLoad(line.source, { perSecond: 100, keys: 40 });
        await partner.until((received) => received.length > 200);
        await victim.signal('SIGKILL');
        await line.stable(1, { before, gone: 1 });
        const rules = await load.stop();
        partner.reply = () => 200;
        await line.drained();
        const verdict = judgeByRule(rules, partner.received, await line.audit());
        report('kill -9 beside the last version', `${killed} killed, ${heir} goes on`, {
          received: verdict.received,
          'in-flight duplicates': verdict.duplicates.inFlight.length,
          'audited duplicates': verdict.duplicates.audited.length,
        });
        return verdict;
      },
      WAYS.slice(0, sized(1, 2)),
    );
    // How many were answered and not yet audited when it was killed depends on the machine; none that was audited goes again.
    for (const verdict of verdicts)
      expect(verdict).toMatchObject({ lost: [], outOfOrder: [], unaudited: [], duplicates: { audited: [] } });
  },
);

test('an update under load, and back again: worker by worker, nothing lost, repeated or out of order', async () => {
  await using partner = await FakePartner.start(() => ({ status: 200, afterMs: 5 }));
  await using line = await Pipeline.open(stack, partner, { partitions: 4, deliver: { concurrency: CONCURRENCY } });
  let running = [spawn(line, 'last'), spawn(line, 'last')];
  await line.stable(2);
  const load = steadyLoad(line.source, { perSecond: 100, keys: 40 });
  for (const version of ['this', 'this', 'last'] as const) {
    const joined = spawn(line, version);
    await line.stable(3);
    const [leaving, ...rest] = running;
    expect(await leaving?.signal('SIGTERM').then(() => leaving.ended)).toBe(0);
    await line.stable(2);
    running = [...rest, joined];
  }
  const rules = await load.stop();
  await line.drained();
  expect(judgeByRule(rules, partner.received, await line.audit())).toMatchObject({
    lost: [],
    outOfOrder: [],
    unaudited: [],
    duplicates: { audited: [], inFlight: [] },
  });
});

test('one group of both: status of each sees both, a replay of each is carried out by both, what each publishes is delivered', async () => {
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  const scope = `Hospital ${randomBytes(4).toString('hex')}`;
  await using line = await Pipeline.open(stack, partner, { topic: 'rules', source: { where: { scope } } });
  for (const version of ['last', 'this'] as const) spawn(line, version);
  await line.stable(2);
  const rules = Array.from({ length: 60 }, (_, index) =>
    makeRule(`${scope} ${index % 20}`, 1 + Math.floor(index / 20), { scope }),
  );
  const folder = mkdtempSync(join(temporaryFolder(cleanup), 'rules-'));
  for (const [at, version] of (['last', 'this'] as const).entries()) {
    const file = join(folder, `${version}.json`);
    writeFileSync(file, JSON.stringify(rules.slice(at * 30, at * 30 + 30)));
    expect(await ess(line, version, 'publish', file, '--json')).toHaveLength(30);
  }
  await line.drained();
  await Promise.all(
    (['last', 'this'] as const).map((version) =>
      eventually(`both workers in the status of the ${version} version`, async () => {
        const [status] = (await ess(line, version, 'status', line.partner, '--json')) as unknown as [
          Array<{ workers: Array<{ worker: string }>; partitions: Array<{ worker: string | null }> }>,
        ];
        const { workers = [], partitions = [] } = status[0] ?? {};
        const owners = new Set(partitions.map(({ worker }) => worker));
        return workers.length === 2 && owners.size === 2 && !owners.has(null) ? true : undefined;
      }),
    ),
  );
  for (const version of ['last', 'this'] as const) {
    const args = ['replay', line.partner, '--since', '1h', '--yes', '--wait', '--json'];
    const [given] = await ess(line, version, ...args);
    const id = String(given?.['id']);
    expect(await replayEnd(control, id)).toBe('completed');
    await line.drained();
    expect(judgeReplay(id, rules, partner.received)).toMatchObject({ ...EXACT, repeated: [] });
  }
  const audit = await line.audit();
  expect(judge(rules, partner.received, audit)).toMatchObject({ lost: [], outOfOrder: [], unaudited: [] });
  // Either wrote rows that both read. Only this one says what it sent, and by which connector.
  const delivered = audit.filter(({ outcome }) => outcome === 'delivered');
  const [connectorDigest, ...others] = new Set(audit.flatMap((row) => row.connectorDigest ?? []));
  expect([connectorDigest, others]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), []]);
  const digests = new Set(delivered.map((row) => `${row.bodyDigest?.length} ${row.connectorDigest}`));
  expect(digests).toEqual(new Set(['undefined null', `64 ${connectorDigest}`]));
  const states = new Set((await line.states()).map((row) => row.connectorDigest));
  expect(states).toEqual(new Set([null, connectorDigest]));
  for (const version of ['last', 'this'] as const) {
    const mine = ['--partner', line.partner, '--since', '1h', '--outcome', 'delivered', '--json'];
    expect(await ess(line, version, 'audit', ...mine)).toHaveLength(delivered.length);
  }
});

test('a dead letter that one parked is listed, redriven and delivered by the other', async () => {
  await together(async (parks, redrives) => {
    await using partner = await FakePartner.start(() => 422);
    await using line = await Pipeline.open(stack, partner, { partitions: 2 });
    const parker = spawn(line, parks);
    await line.stable(1);
    const rules = Array.from({ length: 8 }, (_, index) => makeRule(`p${index}`, 1));
    await line.source.publish(rules);
    await line.drained();
    await parker.signal('SIGTERM');
    partner.reply = () => 200;
    spawn(line, redrives);
    await line.stable(1);
    const mine = ['--partner', line.partner];
    expect(await ess(line, redrives, 'dead-letters', 'list', ...mine, '--json')).toHaveLength(rules.length);
    const done = await ess(line, redrives, 'dead-letters', 'redrive', ...mine, '--yes', '--json');
    expect(done).toMatchObject([{ status: 'completed', selected: rules.length, redriven: rules.length, failed: 0 }]);
    const idsOf = ({ ruleId }: { ruleId: string }) =>
      new Set(partner.received.filter(({ body }) => body['ruleId'] === ruleId).map(({ id }) => id)).size;
    // The last version knows of no time in an id; this one gives a letter the id that it was parked with.
    if (redrives === 'this') expect(rules.map(idsOf)).toEqual(rules.map(() => 1));
    // Who parked them sees that they are not parked any more.
    expect(await ess(line, parks, 'dead-letters', 'list', ...mine, '--json')).toEqual([]);
    expect(judge(rules, partner.received, await line.audit())).toMatchObject({ lost: [], unaudited: [] });
  });
});

test('a stream that was begun at one bridge goes on at the other: no event lost, none twice', async () => {
  await using line = await StreamLine.open(stack);
  const partner = line.partner('Hospital');
  const [last, now] = await Promise.all([
    line.bridge({}, [], { script: scripts.last }),
    line.bridge({}, [], { script: scripts.this }),
  ]);
  const bridges = { last, this: now };
  let from = 0;
  for (const [first, second] of WAYS) {
    const client = await line.listening(bridges[first], partner);
    await line.publish(rulesOf('Hospital', from, from + 40));
    await client.until('the first half', ({ documents }) => documents.length === 40);
    const { lastEventId } = client;
    await client.close();
    await line.publish(rulesOf('Hospital', from + 40, from + 80));
    const again = line.listen(bridges[second], partner, '', { lastEventId });
    await again.until('the second half', ({ documents }) => documents.length >= 40);
    const seen = [...versions(client), ...versions(again)].map(Number).sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 80 }, (_, index) => from + index));
    expect([again.failed, again.faults]).toEqual([undefined, []]);
    await again.close();
    from += 80;
  }
});

test('a ring that is repeated at the door of another version is published once', async () => {
  const topic = await hookTopic(stack);
  const partner = `clinic${randomBytes(3).toString('hex')}`;
  const connectors = temporaryFolder(cleanup);
  writeDoor(connectors, partner, { topic });
  const doors = await Promise.all(
    (['last', 'this'] as const).map(async (version) => {
      const door = await DoorProcess.spawn(stack, connectors, [partner], { script: scripts[version] });
      cleanup.defer(() => door[Symbol.asyncDispose]());
      return door.ready();
    }),
  );
  const [last, now] = doors as [DoorProcess, DoorProcess];
  const at = { last, this: now };
  const ring = async (version: Version, key: string) => {
    const body = JSON.stringify({ auth: DOOR_SECRET, bedsFree: 1 });
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await fetch(at[version].url + DOOR_PATH, { method: 'POST', headers, body });
    return answer.status;
  };
  const keys = WAYS.flatMap(([first]) => Array.from({ length: 10 }, (_, index) => `${first}-${index}`));
  for (const [first, second] of WAYS)
    for (const key of keys.filter((one) => one.startsWith(first))) {
      expect(await ring(first, key)).toBe(204);
      expect(await ring(second, key)).toBe(204);
    }
  expect(judgeKeys(keys, await hookRecords(stack, topic))).toEqual({ lost: [], repeated: [] });
});

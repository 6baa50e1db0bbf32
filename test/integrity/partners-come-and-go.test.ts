// Guarantee 3 while folders change: a partner that comes, goes, or is mended under running workers concerns no other. What is
// taken up is delivered from where its group stands, and nothing is delivered to a partner that is gone.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const WORKERS = 2;
const KEYS = 24;
const rulesOf = (version: number) => Array.from({ length: KEYS }, (_, index) => makeRule(`r${index}`, version));
const versionsOf = ({ received }: FakePartner) => new Set(received.map(({ body }) => body['version']));

test('ess worker --all takes up folders that come or are mended and leaves those that go; the others go on', async () => {
  await using stack = await openTestStack();
  await using steady = await FakePartner.start();
  await using mended = await FakePartner.start();
  await using late = await FakePartner.start();
  await using line = await Pipeline.open(stack, steady);
  const mendedName = line.addPartner(mended.url);
  writeFileSync(join(line.connectors, mendedName, 'connector.yaml'), 'partner: [');
  const workers = Array.from({ length: WORKERS }, () => line.spawnFor(['--all']));
  const all = (msg: string, partner: string) =>
    Promise.all(workers.map((worker) => worker.logged(msg, (said) => said['partner'] === partner)));
  const write = (name: string, { url }: FakePartner) => writeConnector(line.connectors, name, line.source.name, url);

  await all('connector.refused', mendedName);
  const members = await line.stable(WORKERS);
  await line.source.publish(rulesOf(1));
  await line.drained();
  expect(mended.received).toEqual([]);

  write(mendedName, mended);
  await all('connector.added', mendedName);
  const lateName = line.addPartner(late.url);
  await all('connector.added', lateName);
  await line.source.publish(rulesOf(2));
  for (const name of [line.partner, mendedName, lateName]) await line.drained(undefined, name);
  for (const partner of [steady, mended, late]) expect(versionsOf(partner)).toEqual(new Set([1, 2]));

  rmSync(join(line.connectors, lateName), { recursive: true });
  await all('connector.removed', lateName);
  await eventually(`nobody in the group of ${lateName}`, async () => {
    const [group] = (await stack.admin.describeGroups([`ess.${lateName}`])).groups;
    return group?.members.length === 0 || undefined;
  });
  await line.source.publish(rulesOf(3));
  for (const name of [line.partner, mendedName]) await line.drained(undefined, name);
  expect(versionsOf(late)).toEqual(new Set([1, 2]));
  for (const worker of workers)
    expect(await line.metrics(worker)).not.toContain(`ess_lag_records{partner="${lateName}"}`);

  write(lateName, late);
  await line.drained(undefined, lateName);
  expect(versionsOf(late)).toEqual(new Set([1, 2, 3]));

  // The first partner's members are those of the beginning: nobody else's folder has moved its partitions.
  expect((await line.stable(WORKERS)).toSorted()).toEqual(members.toSorted());
  expect(versionsOf(steady)).toEqual(new Set([1, 2, 3]));
  for (const worker of workers) await worker.signal('SIGTERM');
  expect(workers.map(({ ended }) => ended)).toEqual(workers.map(() => 0));
});

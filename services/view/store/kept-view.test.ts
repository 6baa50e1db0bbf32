import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { World } from '@ess/test/harness/simulation/small-view.ts';
import {
  CONNECTORS,
  connectorOf,
  fold,
  keep,
  openKept,
  PARTNERS,
  SmallView,
  STATE,
  STEPS,
  TOPIC,
} from '@ess/test/harness/simulation/small-view.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

const folder = temporaryFolder({ defer: afterAll });
let files = 0;
const newFile = (): string => join(folder, `view-${files++}`, 'view.sqlite');
/** Kept once: each test that only needs one has a copy. */
const KEPT = newFile();
beforeAll(() => keep(KEPT, STEPS));

function keptFile(): string {
  const file = newFile();
  cpSync(join(KEPT, '..'), join(file, '..'), { recursive: true });
  return file;
}

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('publish' as const),
      rule: fc.constantFrom('a', 'b', 'c'),
      version: fc.integer({ min: 1, max: 5 }),
      scope: fc.constantFrom('Hospital', 'Ems'),
    }),
    fc.record({
      kind: fc.constant('ack' as const),
      partner: fc.constantFrom(...PARTNERS),
      rule: fc.constantFrom('a', 'b', 'c', 'gone'),
      version: fc.integer({ min: 1, max: 5 }),
    }),
  ),
  { maxLength: 30 },
);

test('what was kept and read on is what one has that never ended, wherever the others did', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.nat(30), { minLength: 1, maxLength: 3 }), async (all, ends) => {
      const file = newFile();
      const moments = ends.sort((a, b) => a - b).map((end) => all.slice(0, end));
      await keep(file, ...moments);
      const { kept, restore, said } = await openKept(file);
      const view = new SmallView(await restore());
      expect(said).toMatchObject([{ text: 'view.file.restored' }]);
      const read = moments.at(-1)?.length ?? 0;
      expect(view.read[TOPIC] + view.read[STATE]).toBe(Math.min(read, all.length));
      view.follow(all);
      const lasting = new SmallView();
      for (const moment of [...moments, all]) lasting.follow(moment);
      expect(view.cells).toEqual(lasting.cells);
      await kept[Symbol.asyncDispose]();
    }),
    { numRuns: 5 },
  );
});

test('a record that is read twice changes nothing', async () => {
  const file = keptFile();
  const { kept, restore } = await openKept(file);
  const view = new SmallView(await restore());
  view.read = { [TOPIC]: 0, [STATE]: 0 };
  view.follow(STEPS);
  expect(view.cells).toEqual(fold(STEPS));
  await kept[Symbol.asyncDispose]();
});

test('one partner of several is read alone, and the others stay', async () => {
  const file = keptFile();
  const { kept, restore } = await openKept(file, { writes: false });
  const alone = new SmallView(await restore(CONNECTORS.slice(1)));
  expect(alone.cells).toEqual(fold(STEPS).filter(({ partner }) => partner === 'clinic'));
  await kept[Symbol.asyncDispose]();
  const both = await openKept(file);
  expect(new SmallView(await both.restore()).cells).toEqual(fold(STEPS));
  await both.kept[Symbol.asyncDispose]();
});

test.each<[string, World, readonly Connector[], RegExp]>([
  ['another cluster', { clusterId: 'c2' }, CONNECTORS, /another cluster/],
  ['a topic made anew', { topicId: 'id-2' }, CONNECTORS, /another (ess\.delivery-state|sensors)/],
  ['a Kafka without topic ids', { topicId: undefined }, CONNECTORS, /no id of/],
  ['what has expired unread', { low: 999 }, CONNECTORS, /the topic has 999 to 1000/],
  ['another end than there was', { high: 1 }, CONNECTORS, /the topic has 0 to 1/],
  ['another scope', {}, [connectorOf('hospital', { connectorDigest: 'd2' })], /connector of hospital/],
  [
    'another key',
    {},
    [connectorOf('hospital', { source: { topic: TOPIC, key: 'title', version: 'version' } as Connector['source'] })],
    /connector of hospital/,
  ],
  ['a new partner', {}, [...CONNECTORS, connectorOf('ems')], /no partner ems/],
])('%s: everything is read again, and the log says why', async (_, world, connectors, why) => {
  const file = keptFile();
  const { kept, said, restore } = await openKept(file, world);
  expect(await restore([...connectors])).toBeUndefined();
  expect(said).toEqual([{ text: 'view.file.anew', file, why: expect.stringMatching(why) }]);
  await kept[Symbol.asyncDispose]();
});

/** What it gives back is all of what was kept, or nothing; and the next one has all again. */
async function isWholeOrNothing(file: string): Promise<'all' | 'nothing'> {
  const first = await openKept(file);
  const restored = await first.restore();
  const view = new SmallView(restored);
  view.follow(STEPS);
  expect(view.cells).toEqual(fold(STEPS));
  first.kept.keep(() => view.keepable);
  await first.kept[Symbol.asyncDispose]();
  const second = await openKept(file);
  const again = new SmallView(await second.restore());
  expect(second.said).toMatchObject([{ text: 'view.file.restored' }]);
  expect(again.cells).toEqual(fold(STEPS));
  await second.kept[Symbol.asyncDispose]();
  return restored ? 'all' : 'nothing';
}

test.each<[string, (file: string) => void]>([
  ['is not there', (file) => rmSync(file)],
  ['is empty', (file) => writeFileSync(file, '')],
  ['is no database', (file) => writeFileSync(file, 'what somebody else keeps here\n'.repeat(1_000))],
  [
    'is a database of something else',
    (file) => {
      rmSync(file);
      const other = new DatabaseSync(file);
      other.exec('CREATE TABLE parts (a); INSERT INTO parts VALUES (1)');
      other.close();
    },
  ],
  [
    'lacks a part',
    (file) => {
      const other = new DatabaseSync(file);
      other.exec(`DELETE FROM parts WHERE name = 'positions'`);
      other.close();
    },
  ],
  [
    'was kept by another version',
    (file) => {
      const other = new DatabaseSync(file);
      const { bytes } = other.prepare(`SELECT bytes FROM parts WHERE name = 'stamp'`).get() as { bytes: Uint8Array };
      const stamp = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(bytes).toString()), format: 0 }));
      other.prepare(`UPDATE parts SET bytes = ?, crc = ? WHERE name = 'stamp'`).run(stamp, crc32(stamp));
      other.close();
    },
  ],
])('a file that %s costs time and nothing else', async (_, harm) => {
  const file = keptFile();
  harm(file);
  expect(await isWholeOrNothing(file)).toBe('nothing');
});

test('a file that was cut off, or damaged in some place, gives back what was kept or nothing', async () => {
  const { length } = readFileSync(KEPT);
  const found: string[] = [];
  for (let at = 0; at < length; at += Math.ceil(length / 4)) {
    for (const harm of ['cut', 'damage']) {
      const harmed = keptFile();
      if (harm === 'cut') truncateSync(harmed, at);
      else {
        const bytes = readFileSync(harmed);
        bytes.fill(0x5a, at, at + 64);
        writeFileSync(harmed, bytes);
      }
      found.push(await isWholeOrNothing(harmed));
    }
  }
  expect(found).toContain('nothing');
});

test('one keeps its view at a time; the other one reads, and keeps its own when the first has gone', async () => {
  const file = newFile();
  await keep(file, STEPS.slice(0, 10));
  const first = await openKept(file);
  const view = new SmallView(await first.restore());
  view.follow(STEPS);
  first.kept.keep(() => view.keepable);

  const second = await openKept(file);
  await second.restore();
  const other = new SmallView();
  other.follow(STEPS.slice(0, 20));
  await first.kept[Symbol.asyncDispose]();
  const third = await openKept(file, { writes: false });
  expect(new SmallView(await third.restore()).cells).toEqual(fold(STEPS));
  await third.kept[Symbol.asyncDispose]();

  second.kept.keep(() => other.keepable);
  await second.kept[Symbol.asyncDispose]();
  expect(second.said).toMatchObject([{ text: 'view.file.restored' }, { text: 'view.file.kept' }]);
  const fourth = await openKept(file, { writes: false });
  expect(new SmallView(await fourth.restore()).cells).toEqual(fold(STEPS.slice(0, 20)));
  await fourth.kept[Symbol.asyncDispose]();
});

test('a file that is deleted while the view is kept is there again at the next time, whole', async () => {
  const file = newFile();
  await keep(file, STEPS.slice(0, 10));
  const { kept, restore } = await openKept(file);
  const view = new SmallView(await restore());
  kept.keep(() => view.keepable);
  rmSync(file);
  view.follow(STEPS);
  await kept[Symbol.asyncDispose]();
  const again = await openKept(file);
  expect(new SmallView(await again.restore()).cells).toEqual(fold(STEPS));
  await again.kept[Symbol.asyncDispose]();
});

test('where no file can be written the view goes on, and the log says so once', async () => {
  const blocked = join(newFile(), '..');
  writeFileSync(blocked, 'a file, not a folder');
  const file = join(blocked, 'view.sqlite');
  const { kept, said, restore } = await openKept(file);
  expect(await restore()).toBeUndefined();
  const view = new SmallView();
  kept.keep(() => view.keepable);
  await kept[Symbol.asyncDispose]();
  expect(said).toMatchObject([{ text: 'view.file.anew' }, { text: 'view.file.failed', file }]);
  expect(existsSync(file)).toBe(false);
});

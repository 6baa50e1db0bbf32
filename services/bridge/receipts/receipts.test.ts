import { PartnerReceipts } from '@ess/domain/stream/partner-receipts.ts';
import type { StreamState } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Receipts } from './receipts.ts';

const at = (...offsets: number[]) => ({ offsets, time: null });
const rowOf = (partner: string, offsets: number[], topicId: string | null = 'log'): StreamState => {
  const known = new PartnerReceipts(partner);
  known.take({ topicId, offsets, time: null, clients: [] });
  return known.row(0);
};

function receiptsOf(id: string | undefined = 'log') {
  const log = { id: id as string | undefined, changes: 0 };
  let nowMs = 100;
  const receipts = new Receipts(log, () => nowMs);
  return { log, receipts, passes: (ms: number) => (nowMs += ms) };
}

test('a cursor that comes back is due to be written, once, with its client; an older one lowers nothing', () => {
  const { receipts, passes } = receiptsOf();
  let due = 0;
  receipts.onDue = () => (due += 1);
  receipts.brought('kiosk', 'north', at(3, 0, 5, 0, 0));
  passes(10);
  receipts.brought('kiosk', '', at(1, 2));
  receipts.brought('kiosk', 'north', { offsets: [], time: 7 });
  expect([receipts.unwritten, due > 0]).toEqual([1, true]);
  const [row, ...others] = receipts.takeDue();
  expect(others).toEqual([]);
  expect(row).toEqual({
    partner: 'kiosk',
    topicId: 'log',
    offsets: [3, 2, 5],
    time: 7,
    at: 110,
    clients: [
      { client: '', offsets: [1, 2], time: null, broughtAt: 110, seenAt: 110 },
      { client: 'north', offsets: [3, 0, 5], time: 7, broughtAt: 110, seenAt: 110 },
    ],
  });
  expect([receipts.unwritten, receipts.takeDue()]).toEqual([0, []]);
  receipts.brought('kiosk', 'north', at(2, 0, 4));
  expect(receipts.takeDue()[0]?.offsets).toEqual([3, 2, 5]);
});

test('what Kafka did not take stays due, and goes with what is newest then', () => {
  const { receipts } = receiptsOf();
  receipts.brought('kiosk', '', at(1));
  const rows = receipts.takeDue();
  receipts.brought('kiosk', '', at(2));
  receipts.failed(rows);
  expect(receipts.takeDue().map(({ offsets }) => offsets)).toEqual([[2]]);
});

test('who streams is seen when it comes, when it goes, and in between; that says nothing of what it has', () => {
  const { receipts, passes } = receiptsOf();
  const seen = () =>
    receipts.takeDue().flatMap(({ clients }) => clients.map(({ seenAt, broughtAt }) => [seenAt, broughtAt]));
  const gone = receipts.streams('kiosk', 'north');
  expect(seen()).toEqual([[100, null]]);
  passes(1);
  receipts.look();
  expect(seen()).toEqual([[101, null]]);
  passes(1);
  gone();
  expect(seen()).toEqual([[102, null]]);
  passes(1);
  gone();
  receipts.look();
  expect(seen()).toEqual([]);
});

test('what the topic has is known after a restart: an old cursor is written beside it and takes nothing back', () => {
  const { receipts } = receiptsOf();
  // Rows of before compaction: only the last one has to say everything.
  receipts.take(rowOf('kiosk', [2, 9]));
  receipts.take(rowOf('kiosk', [5, 9]));
  expect(receipts.unwritten).toBe(0);
  receipts.brought('kiosk', '', at(1, 1));
  expect(receipts.takeDue()[0]).toMatchObject({ offsets: [5, 9], clients: [{ client: '', offsets: [1, 1] }] });
});

test('a row of another bridge that has less is answered, one that has everything is enough, one of another log is let be', () => {
  const { receipts } = receiptsOf();
  receipts.brought('kiosk', '', at(5, 0));
  const [own] = receipts.takeDue() as [StreamState];
  receipts.take(rowOf('kiosk', [0, 7]));
  expect(receipts.takeDue().map(({ offsets }) => offsets)).toEqual([[5, 7]]);
  receipts.brought('kiosk', '', at(5, 0));
  receipts.take({ ...own, offsets: [9, 9], clients: own.clients.map((one) => ({ ...one, offsets: [9, 9] })) });
  expect(receipts.unwritten).toBe(0);
  receipts.take(rowOf('kiosk', [1, 99], 'another'));
  expect(receipts.unwritten).toBe(0);
  receipts.brought('kiosk', '', at(1));
  expect(receipts.takeDue()[0]).toMatchObject({ topicId: 'log', offsets: [9, 9] });
});

test('when the public topic is made anew its offsets are over, here and in the next row', () => {
  const { receipts, log } = receiptsOf();
  receipts.brought('kiosk', '', at(5, 5));
  receipts.brought('timed', '', { offsets: [], time: 3 });
  receipts.takeDue();
  Object.assign(log, { id: 'new', changes: 1 });
  receipts.brought('kiosk', '', at(1));
  expect(receipts.takeDue()).toMatchObject([{ partner: 'kiosk', topicId: 'new', offsets: [1] }]);
  receipts.brought('timed', '', at(2));
  expect(receipts.takeDue()).toMatchObject([{ partner: 'timed', topicId: 'new', offsets: [2], time: 3 }]);
});

test('a log that becomes known late is not mixed with another one that the topic has rows of', () => {
  const { receipts, log } = receiptsOf('');
  log.id = undefined;
  receipts.take(rowOf('kiosk', [50], 'old'));
  log.id = 'new';
  receipts.brought('kiosk', '', at(2));
  expect(receipts.takeDue()).toMatchObject([{ topicId: 'new', offsets: [2] }]);
});

const BRIDGES = 3;
const STEP = fc.oneof(
  fc.record({
    kind: fc.constant('says' as const),
    bridge: fc.nat(BRIDGES - 1),
    client: fc.constantFrom('', 'a', 'b'),
    offsets: fc.array(fc.nat(9), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('writes' as const), bridge: fc.nat(BRIDGES - 1) }),
  fc.record({ kind: fc.constant('reads' as const), bridge: fc.nat(BRIDGES - 1), rows: fc.nat(3) }),
  fc.record({ kind: fc.constant('restarts' as const), bridge: fc.nat(BRIDGES - 1) }),
);

test('several bridges that write and read whenever they like come to rest, and the last row has all that was written', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
      const topic: StreamState[] = [];
      let nowMs = 0;
      const open = () => ({ receipts: new Receipts({ id: 'log', changes: 0 }, () => nowMs), next: 0 });
      const bridges = Array.from({ length: BRIDGES }, open);
      /** All that left a bridge alive. */
      const wanted = new PartnerReceipts('kiosk');
      const write = ({ receipts }: ReturnType<typeof open>) => {
        for (const row of receipts.takeDue()) {
          topic.push(row);
          wanted.take(row);
        }
      };
      const read = (bridge: ReturnType<typeof open>, rows: number) => {
        for (const row of topic.slice(bridge.next, bridge.next + rows)) bridge.receipts.take(row);
        bridge.next = Math.min(topic.length, bridge.next + rows);
      };
      for (const step of steps) {
        nowMs += 1;
        const bridge = bridges[step.bridge] as ReturnType<typeof open>;
        if (step.kind === 'says') bridge.receipts.brought('kiosk', step.client, { offsets: step.offsets, time: null });
        else if (step.kind === 'writes') write(bridge);
        else if (step.kind === 'reads') read(bridge, step.rows);
        else {
          // Killed: what it had not written is lost with it. The next one reads the topic to its end before it writes.
          const fresh = open();
          bridges[step.bridge] = fresh;
          read(fresh, topic.length);
        }
      }
      let rounds = 0;
      const restless = () => bridges.some(({ receipts, next }) => receipts.unwritten > 0 || next < topic.length);
      for (; restless(); rounds += 1) {
        expect(rounds).toBeLessThan(10);
        for (const bridge of bridges) write(bridge);
        for (const bridge of bridges) read(bridge, topic.length);
      }
      const last = topic.at(-1);
      if (last) expect(wanted.isMoreThan(last)).toBe(false);
      else expect(wanted.clients).toEqual([]);
    }),
  );
});

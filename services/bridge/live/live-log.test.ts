// The ring of newest events: what a reader of it gets, when it falls out, and where it goes on.
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PublicRecord } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import { View } from '../topic/view.ts';
import { LiveLog } from './live-log.ts';

const KEY = 'k'.repeat(32);
const view = new View(
  makeConnector('hospital', 'http://unused'),
  [KEY],
  { unmapped: () => undefined },
  () => undefined,
);

const record = (partition: number, offset: number, scope = 'Hospital', title = ''): PublicRecord => ({
  partition,
  offset,
  timestampMs: 1_000 + offset,
  rule: { ...makeRule(`p${partition}`, offset, { scope }), ...(title ? { minIcuBeds: title } : {}) },
});

function open(start: Vector = [0, 0], ringBytes = 1_000_000) {
  const evicted: Array<{ seq: number; from: Vector }> = [];
  const log = new LiveLog(view, start, { ringBytes }, (seq, from) => evicted.push({ seq, from: [...from] }));
  return { log, evicted };
}

interface Event {
  readonly id: string;
  readonly name?: string;
  /** As partition and offset, or the whole text. */
  readonly data?: string;
}

/** What a client makes of the bytes. */
function eventsIn(bytes: Buffer): Event[] {
  const text = bytes.toString().replace(/^[0-9a-f]{6}\r\n|\r\n(?=[0-9a-f]{6}\r\n)|\r\n$/gm, '');
  return [...text.matchAll(/id: (\S+)\n(?:event: (\S+)\n)?(?:data: (.*)\n)?\n/g)].map(([, id = '', name, data]) => ({
    id,
    ...(name === undefined ? {} : { name }),
    ...(data === undefined ? {} : { data: name === undefined ? versionOf(data) : data }),
  }));
}

function versionOf(data: string): string {
  const { ruleId, version } = JSON.parse(data) as { ruleId: string; version: number };
  return `${ruleId}:${version}`;
}

/** Everything from this chunk on. */
function readFrom(log: LiveLog, seq: number): Event[] {
  log.close();
  const events: Event[] = [];
  for (let at = seq; at < log.end; ) {
    const { span, next } = log.span(at);
    events.push(...eventsIn(span.framed));
    at = next;
  }
  return events;
}

const dataOf = (events: readonly Event[]) => events.map(({ data }) => data);

describe('a ring that holds nothing', () => {
  test('has no chunk, and is where it began', () => {
    const { log } = open([5, 7]);
    log.close();
    expect([log.first, log.end, log.vector, log.positionOf(0)]).toEqual([0, 0, [5, 7], [5, 7]]);
  });

  test('finds no cursor, not even that of where it began', () => {
    const { log } = open([5, 7]);
    expect(log.find(view.eventCursor([5, 7], 0), [5, 7])).toBeUndefined();
  });

  test('says nothing when it has not moved', () => {
    const { log } = open();
    log.advance();
    expect(readFrom(log, 0)).toEqual([]);
  });
});

describe('what is appended', () => {
  test('comes out in order, each event with the position after it', () => {
    const { log } = open();
    expect(log.append(0, [record(0, 0), record(0, 1)], 2)).toBe(2);
    expect(log.append(1, [record(1, 4)], 6)).toBe(1);
    const events = readFrom(log, 0);
    expect(dataOf(events)).toEqual(['p0:0', 'p0:1', 'p1:4']);
    const positions = events.map(({ id }) => view.cursors.read(id));
    expect(positions).toMatchObject([{ offsets: [1, 0] }, { offsets: [2, 0] }, { offsets: [2, 5] }]);
    expect(log.vector).toEqual([2, 6]);
  });

  test('is nobody’s when it is out of scope: the id follows when it is asked to, once', () => {
    const { log } = open();
    expect(log.append(0, [record(0, 0, 'Drone')], 9)).toBe(0);
    expect(readFrom(log, 0)).toEqual([]);
    log.advance();
    log.advance();
    const events = readFrom(log, 0);
    expect(dataOf(events)).toEqual([undefined]);
    expect(view.cursors.read(events[0]?.id ?? '')).toMatchObject({ offsets: [9, 0] });
  });

  test('a thousand times out of scope moves the id by itself', () => {
    const { log } = open();
    const silent = Array.from({ length: 2_500 }, (_, offset) => record(0, offset, 'Drone'));
    log.append(0, silent, 2_500);
    const ids = readFrom(log, 0).map(({ id }) => view.cursors.read(id));
    expect(ids).toMatchObject([{ offsets: [1_000, 0] }, { offsets: [2_000, 0] }]);
  });

  test('is there for a reader that asks from the same place again', () => {
    const { log } = open();
    for (const offset of [0, 1]) {
      log.append(0, [record(0, offset)], offset + 1);
      log.close();
      expect(log.span(0).next).toBe(offset + 1);
    }
  });

  test('resolves what waits for it', async () => {
    const { log } = open();
    const { moved } = log;
    log.append(0, [], 1);
    await moved;
    expect(log.moved).not.toBe(moved);
  });

  test('and is larger than a slab has a slab of its own: what lies in two pieces is read in two', () => {
    const { log } = open();
    const large = 'x'.repeat(300_000);
    log.append(0, [record(0, 0), record(0, 1, 'Hospital', large), record(0, 2)], 3);
    log.close();
    const { next } = log.span(0);
    expect(next).toBeLessThan(log.end);
    expect(dataOf(readFrom(log, 0))).toEqual(['p0:0', 'p0:1', 'p0:2']);
  });
});

test('a gap is an event with a name, and the position is behind it', () => {
  const { log } = open();
  const lost = [{ partition: 1, from: 0, to: 40 }];
  log.lost(lost);
  const [event] = readFrom(log, 0);
  expect(event).toMatchObject({ name: 'ess.gap', data: JSON.stringify({ lost }) });
  expect(view.cursors.read(event?.id ?? '')).toMatchObject({ offsets: [0, 40] });
});

describe('a client that comes back', () => {
  function filled() {
    const opened = open();
    opened.log.append(0, [record(0, 0), record(0, 1), record(0, 2)], 3);
    opened.log.close();
    opened.log.append(0, [record(0, 3)], 4);
    const ids = readFrom(opened.log, 0).map(({ id }) => id);
    return { ...opened, ids };
  }
  const offsetsOf = (id: string) => (view.cursors.read(id) as { readonly offsets: Vector }).offsets;

  test.each([
    ['within a chunk gets the rest of it first', 0, { seq: 1, rest: ['p0:1', 'p0:2'] }],
    ['at the end of a chunk goes on with the next', 2, { seq: 1, rest: undefined }],
    ['with everything waits for the chunk after the newest', 3, { seq: 2, rest: undefined }],
  ])('%s', (_, index, wanted) => {
    const { log, ids } = filled();
    const id = ids[index] ?? '';
    const found = log.find(id, offsetsOf(id));
    const rest = found?.rest && dataOf(eventsIn(found.rest.framed));
    expect({ seq: found?.seq, rest }).toEqual(wanted);
  });

  test('with a position that no event has is not in the ring', () => {
    const { log, ids } = filled();
    expect(log.find(view.eventCursor([7, 0], 0), [7, 0])).toBeUndefined();
    // The same number of records on another way through the topic.
    expect(log.find(view.eventCursor([1, 1], 0), [1, 1])).toBeUndefined();
    expect(log.find(`${ids[1]}x`, offsetsOf(ids[1] ?? ''))).toBeUndefined();
  });

  test('after what it has was evicted is not in the ring', () => {
    const { log, evicted } = open([0, 0], 300);
    for (let offset = 0; offset < 20; offset += 1) {
      log.append(0, [record(0, offset)], offset + 1);
      log.close();
    }
    expect(evicted.length).toBe(log.first);
    expect(log.first).toBeGreaterThan(0);
    const gone = evicted.at(-1)?.from ?? [];
    expect(log.find(view.eventCursor(gone, 0), gone)).toBeUndefined();
  });
});

test('whoever falls out has exactly what is before the position where it stopped; whoever stays misses nothing', () => {
  const step = fc.record({
    partition: fc.nat(1),
    records: fc.array(fc.constantFrom('Hospital', 'Drone'), { maxLength: 4 }),
    hole: fc.nat(2),
    closes: fc.boolean(),
    reads: fc.boolean(),
    advances: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 100, max: 1_500 }), (steps, ringBytes) => {
      const client = { seq: 0, got: [] as Array<string | undefined>, stoppedAt: undefined as Vector | undefined };
      const log = new LiveLog(view, [0, 0], { ringBytes }, (seq, from) => {
        if (client.seq === seq && !client.stoppedAt) client.stoppedAt = [...from];
      });
      const published: Array<{ partition: number; offset: number; data: string }> = [];
      const read = () => {
        log.close();
        while (!client.stoppedAt && client.seq < log.end) {
          const { span, next } = log.span(client.seq);
          client.got.push(...dataOf(eventsIn(span.framed)).filter((data) => data !== undefined));
          client.seq = next;
        }
      };
      const next = [0, 0];
      for (const { partition, records, hole, closes, reads, advances } of steps) {
        const batch = records.map((scope) => record(partition, next[partition]!++, scope));
        next[partition]! += hole;
        log.append(partition, batch, next[partition]!);
        for (const [index, scope] of records.entries())
          if (scope === 'Hospital') {
            const { offset } = batch[index] as PublicRecord;
            published.push({ partition, offset, data: `p${partition}:${offset}` });
          }
        if (advances) log.advance();
        if (closes) log.close();
        if (reads) read();
      }
      if (!client.stoppedAt) read();
      const limit = client.stoppedAt ?? next;
      const due = published.filter(({ partition, offset }) => offset < (limit[partition] ?? 0));
      expect(client.got).toEqual(due.map(({ data }) => data));
    }),
  );
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lanes } from './lanes.ts';

/** Lanes whose starts are only noted. */
function noted(concurrency: number) {
  const started: string[] = [];
  const limit = { concurrency, admits: Number.POSITIVE_INFINITY };
  const lanes = new Lanes<string>({
    concurrency: () => limit.concurrency,
    admit: () => limit.admits-- > 0,
    start: (item) => started.push(item),
  });
  return { lanes, started, limit };
}

describe('a lane', () => {
  test('starts its next item only when the one before is done', () => {
    const { lanes, started } = noted(9);
    for (const item of ['a1', 'a2', 'a3']) lanes.push('a', item);
    expect(started).toEqual(['a1']);
    lanes.over('a');
    expect(started).toEqual(['a1']);
    lanes.done('a');
    expect(started).toEqual(['a1', 'a2']);
  });

  test('starts the same item again after a retry, and its followers wait meanwhile', () => {
    const { lanes, started } = noted(9);
    lanes.push('a', 'a1');
    lanes.push('a', 'a2');
    lanes.over('a');
    lanes.again('a');
    expect(started).toEqual(['a1', 'a1']);
  });

  test('does not start an item that is still running, whoever asks', () => {
    const { lanes, started } = noted(9);
    lanes.push('a', 'a1');
    lanes.again('a');
    lanes.pump();
    lanes.resume();
    expect(lanes.probe(() => 0)).toBeUndefined();
    expect(started).toEqual(['a1']);
  });

  test('that waits for a retry gives its slot to another', () => {
    const { lanes, started } = noted(1);
    lanes.push('a', 'a1');
    lanes.push('b', 'b1');
    expect(started).toEqual(['a1']);
    lanes.over('a');
    expect(started).toEqual(['a1', 'b1']);
    lanes.push('c', 'c1');
    expect(started).toEqual(['a1', 'b1']);
  });

  test('that is settling goes on with done alone', () => {
    const { lanes, started } = noted(1);
    lanes.push('a', 'a1');
    lanes.push('a', 'a2');
    lanes.over('a', 'settling');
    lanes.again('a');
    expect(started).toEqual(['a1']);
    lanes.done('a');
    expect(started).toEqual(['a1', 'a2']);
  });

  test('is forgotten when it is empty', () => {
    const { lanes, started } = noted(1);
    lanes.push('a', 'a1');
    expect(lanes.size).toBe(1);
    lanes.done('a');
    expect(lanes.size).toBe(0);
    for (const call of ['over', 'done', 'again'] as const) lanes[call]('a');
    for (const item of ['b1', 'c1']) lanes.push(item[0]!, item);
    expect(started).toEqual(['a1', 'b1']); // one slot is free, and no more
  });
});

describe('many lanes', () => {
  test('start first come, first served within the concurrency', () => {
    const { lanes, started } = noted(2);
    for (const key of ['a', 'b', 'c', 'd']) lanes.push(key, `${key}1`);
    lanes.push('a', 'a2');
    expect(started).toEqual(['a1', 'b1']);
    lanes.done('a');
    lanes.done('b');
    expect(started).toEqual(['a1', 'b1', 'c1', 'd1']);
    lanes.done('c');
    expect(started.at(-1)).toBe('a2');
  });

  test('go on when the concurrency grows and pump is called', () => {
    const { lanes, started, limit } = noted(0);
    lanes.push('a', 'a1');
    expect(started).toEqual([]);
    limit.concurrency = 1;
    lanes.pump();
    expect(started).toEqual(['a1']);
  });

  test('may settle items within start without overtaking or recursing', () => {
    const started: string[] = [];
    const lanes: Lanes<string> = new Lanes<string>({
      concurrency: () => 1,
      start: (item, key) => {
        started.push(item);
        lanes.over(key);
        lanes.done(key);
      },
    });
    lanes.hold();
    const items = Array.from({ length: 20_000 }, (_, index) => `a${index}`);
    for (const item of items) lanes.push('a', item);
    lanes.resume();
    expect(started).toEqual(items);
    expect(lanes.size).toBe(0);
  });
});

test('a rate limit ends the round, and the next pump goes on with it', () => {
  const { lanes, started, limit } = noted(9);
  limit.admits = 2;
  for (const key of ['a', 'b', 'c', 'd']) lanes.push(key, `${key}1`);
  expect(started).toEqual(['a1', 'b1']);
  limit.admits = 1;
  lanes.pump();
  expect(started).toEqual(['a1', 'b1', 'c1']);
});

test('taking back leaves what runs or settles, and nothing of the rest', () => {
  const { lanes, started } = noted(3);
  for (const item of ['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2']) lanes.push(item[0]!, item);
  lanes.over('b', 'settling'); // d starts
  lanes.over('c'); // waits for a retry
  expect(lanes.takeBack()).toEqual(['a2', 'b2', 'c1', 'c2', 'd2']);
  lanes.again('c');
  lanes.push('b', 'b3');
  for (const key of ['a', 'b', 'd']) lanes.done(key);
  expect(started).toEqual(['a1', 'b1', 'c1', 'd1', 'b3']);
  expect(lanes.size).toBe(1);
});

describe('held', () => {
  test('nothing starts, what runs goes on, and resume starts what waits', () => {
    const { lanes, started } = noted(2);
    lanes.push('a', 'a1');
    lanes.push('a', 'a2');
    lanes.hold();
    lanes.push('b', 'b1');
    lanes.done('a');
    expect(started).toEqual(['a1']);
    lanes.resume();
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  test('a probe starts the ready head with the lowest rank, one at a call', () => {
    const { lanes, started } = noted(5);
    lanes.hold();
    for (const item of ['c3', 'a7', 'b5']) lanes.push(item[0]!, item);
    lanes.push('a', 'a0');
    const rank = (item: string) => Number(item.slice(1));
    expect(lanes.probe(rank)).toBe('c');
    expect(lanes.probe(rank)).toBe('b');
    expect(started).toEqual(['c3', 'b5']);
  });

  test('a probe waits while every slot is taken by what still runs', () => {
    const { lanes, started } = noted(1);
    lanes.push('a', 'a1');
    lanes.hold();
    lanes.push('b', 'b1');
    expect(lanes.probe(() => 0)).toBeUndefined();
    lanes.over('a');
    expect(lanes.probe(() => 0)).toBe('b');
    expect(started).toEqual(['a1', 'b1']);
  });
});

test('after any calls: in order, one of a key, within the concurrency, and no free slot beside a lane that may start', () => {
  const keys = fc.constantFrom('a', 'b', 'c', 'd');
  const call = fc.oneof(
    fc.tuple(fc.constantFrom('push', 'push', 'over', 'settling', 'done', 'again'), keys),
    fc.tuple(fc.constantFrom('hold', 'resume', 'probe', 'pump', 'takeBack'), fc.constant('')),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(call, { maxLength: 150 }), (concurrency, calls) => {
      const { lanes, started } = noted(concurrency);
      // What the doc comments say, written down as plainly as possible.
      const queues = new Map<string, { items: string[]; state: 'ready' | 'running' | 'waiting' | 'settling' }>();
      let pushed = 0;
      let held = false;
      let seen = 0;
      for (const [name, key] of calls) {
        const lane = queues.get(key);
        const running = () => [...queues.values()].filter(({ state }) => state === 'running').length;
        if (name === 'push') {
          const item = `${key}${pushed++}`;
          if (lane) lane.items.push(item);
          else queues.set(key, { items: [item], state: 'ready' });
          lanes.push(key, item);
        } else if (name === 'probe') lanes.probe(() => 0);
        else if (name === 'takeBack') {
          const expected: string[] = [];
          for (const [waiting, { items, state }] of [...queues]) {
            const stays = state === 'running' || state === 'settling';
            expected.push(...items.splice(stays ? 1 : 0));
            if (!stays) queues.delete(waiting);
          }
          expect(lanes.takeBack()).toEqual(expected);
        } else if (name === 'hold' || name === 'resume') {
          held = name === 'hold';
          lanes[name]();
        } else {
          if (lane?.state === 'running' && name === 'over') lane.state = 'waiting';
          else if (lane?.state === 'running' && name === 'settling') lane.state = 'settling';
          else if (lane && name === 'again' && lane.state === 'waiting') lane.state = 'ready';
          else if (lane && name === 'done' && lane.state !== 'ready') {
            lane.items.shift();
            if (lane.items.length === 0) queues.delete(key);
            else lane.state = 'ready';
          }
          if (name === 'pump') lanes.pump();
          else if (name === 'settling') lanes.over(key, 'settling');
          else lanes[name as 'over' | 'done' | 'again'](key);
        }
        const fresh = started.slice(seen);
        seen = started.length;
        expect(fresh.length).toBeLessThanOrEqual(held ? (name === 'probe' ? 1 : 0) : concurrency);
        for (const item of fresh) {
          const starting = queues.get(item[0]!);
          expect(starting).toEqual({ items: expect.anything(), state: 'ready' });
          expect(starting!.items[0]).toBe(item);
          starting!.state = 'running';
        }
        expect(lanes.size).toBe(queues.size);
        expect(running()).toBeLessThanOrEqual(concurrency);
        const ready = [...queues.values()].some(({ state }) => state === 'ready');
        if (ready && !held) expect(running()).toBe(concurrency);
      }
    }),
    { numRuns: 300 },
  );
});

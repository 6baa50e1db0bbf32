import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import { CUT_RESERVE_MS, END_RESERVE_MS, landed, watchOwnership } from './ownership.ts';

/** Requests and rows that are through when the test says so. */
function assignment() {
  const requests = Promise.withResolvers<void>();
  const rows = Promise.withResolvers<void>();
  const state = { inflight: 1, count: 1, cuts: 0, ownedForMs: END_RESERVE_MS + 5, asked: 0 };
  const attempts = {
    get inflight() {
      return state.inflight;
    },
    landed: () => requests.promise,
    cutAll: () => {
      state.cuts += 1;
      attempts.land();
    },
    land: () => {
      state.inflight = 0;
      requests.resolve();
    },
  };
  const onTheirWay = {
    get count() {
      return state.count;
    },
    none: () => rows.promise,
    acknowledge: () => {
      state.count = 0;
      rows.resolve();
    },
  };
  const ownedForMs = () => {
    state.asked += 1;
    return state.ownedForMs;
  };
  return { state, attempts, rows: onTheirWay, ownedForMs };
}

test('a request is waited for as long as heartbeats are answered, however long that is', async () => {
  const { state, attempts, rows, ownedForMs } = assignment();
  const over = landed(attempts, rows, ownedForMs, 10_000);
  await eventually('it has been asked again and again', async () => state.asked > 5 || undefined);
  expect(state.cuts).toBe(0);
  attempts.land();
  rows.acknowledge();
  expect(await over).toBe(true);
  expect(state.cuts).toBe(0);
});

test('it is cut when the partitions are hardly ours any more, and its row is still waited for', async () => {
  const { state, attempts, rows, ownedForMs } = assignment();
  state.ownedForMs = END_RESERVE_MS;
  const over = landed(attempts, rows, ownedForMs, 10_000);
  await eventually('it is cut', async () => state.cuts || undefined);
  rows.acknowledge();
  expect(await over).toBe(true);
});

test('rows that Kafka does not acknowledge keep nobody from joining for ever', async () => {
  const { state, attempts, rows, ownedForMs } = assignment();
  attempts.land();
  state.ownedForMs = 600_000;
  expect(await landed(attempts, rows, ownedForMs, END_RESERVE_MS / 2 + 5)).toBe(false);
  expect(state.cuts).toBe(0);
});

test('outside of an end too what is in flight is cut when the group was not heard of for a session, and only then', () => {
  const group = { ownedForMs: 9_000 };
  let cuts = 0;
  const waits: number[] = [];
  let next = () => {};
  const later = (waitMs: number, then: () => void) => {
    waits.push(waitMs);
    next = then;
  };
  const cutAll = () => {
    cuts += 1;
  };
  watchOwnership(group, { cutAll }, later);
  group.ownedForMs = 5_000; // one heartbeat was answered meanwhile
  next();
  expect([cuts, waits]).toEqual([0, [9_000 - CUT_RESERVE_MS, 5_000 - CUT_RESERVE_MS]]);
  group.ownedForMs = CUT_RESERVE_MS;
  next();
  expect([cuts, waits.length]).toEqual([1, 3]);
});

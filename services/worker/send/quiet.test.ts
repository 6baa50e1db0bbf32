// A partner that has asked to be left alone.
import { RETRY_AFTER_MAX_MS } from '@ess/domain/delivery/retry.ts';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Quiet } from './quiet.ts';

let over = 0;
let quiet: Quiet;
beforeEach(() => {
  jest.useFakeTimers();
  over = 0;
  quiet = new Quiet(() => (over += 1));
});
afterEach(() => {
  quiet.end();
  jest.useRealTimers();
});

test('it lasts as long as was asked for, and its end is told once', () => {
  expect([quiet.isOn, quiet.leftMs]).toEqual([false, 0]);
  quiet.ask(7_000);
  jest.advanceTimersByTime(6_999);
  expect([quiet.isOn, over]).toEqual([true, 0]);
  jest.advanceTimersByTime(2);
  expect([quiet.isOn, quiet.leftMs, over]).toEqual([false, 0, 1]);
});

test('of several times the longest counts', () => {
  quiet.ask(5_000);
  quiet.ask(9_000);
  quiet.ask(1_000);
  jest.advanceTimersByTime(8_999);
  expect([quiet.isOn, over]).toEqual([true, 0]);
  jest.advanceTimersByTime(2);
  expect([quiet.isOn, over]).toEqual([false, 1]);
});

test.each([Number.POSITIVE_INFINITY, 86_400_000])('%p ms are clamped', (ms) => {
  quiet.ask(ms);
  expect(quiet.leftMs).toBe(RETRY_AFTER_MAX_MS);
});

test.each([0, -5])('%p ms are none', (ms) => {
  quiet.ask(ms);
  expect(quiet.isOn).toBe(false);
});

test('what is ended is over at once, and nobody is told', () => {
  quiet.ask(5_000);
  quiet.end();
  jest.advanceTimersByTime(6_000);
  expect([quiet.isOn, over]).toEqual([false, 0]);
});

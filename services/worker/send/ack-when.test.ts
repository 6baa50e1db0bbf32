import type { AckWhen } from '@ess/domain/connector/connector.ts';
import { describe, expect, test } from '@jest/globals';
import { newerTest } from './ack-when.ts';

const says = (ackWhen: AckWhen, headers: Record<string, unknown>, body = '') =>
  newerTest(ackWhen)!(headers, () => body);

test('a connector that says nothing accepts no 409', () => {
  expect(newerTest(undefined)).toBeUndefined();
});

test('a header is an ack only with exactly its value', () => {
  const ackWhen = { header: { 'x-conflict': 'newer' } };
  expect(says(ackWhen, { 'x-conflict': 'newer' })).toBe(true);
  expect(says(ackWhen, { 'x-conflict': 'newer-ish' })).toBe(false);
  expect(says(ackWhen, { 'x-conflict': ['newer', 'newer'] })).toBe(false);
  expect(says(ackWhen, {})).toBe(false);
});

describe('a body', () => {
  const ackWhen = { body: { 'error.code': 'ALREADY_NEWER', retry: false } };

  test('is an ack when every path has its value', () => {
    expect(says(ackWhen, {}, '{"error":{"code":"ALREADY_NEWER"},"retry":false}')).toBe(true);
    expect(says(ackWhen, {}, '{"error":{"code":"ALREADY_NEWER"},"retry":"false"}')).toBe(false);
    expect(says(ackWhen, {}, '{"error":{"code":"ALREADY_NEWER"}}')).toBe(false);
  });

  test.each(['', 'ALREADY_NEWER', '{"error":', 'null', '[]', '5'])('%j is none', (body) => {
    expect(says(ackWhen, {}, body)).toBe(false);
  });

  test('of inherited properties is none', () => {
    expect(says({ body: { 'constructor.name': 'Object' } }, {}, '{}')).toBe(false);
  });
});

test('header and body must both hold, and the body is not read when the header says no', () => {
  const ackWhen = { header: { 'x-conflict': 'newer' }, body: { ok: true } };
  expect(says(ackWhen, { 'x-conflict': 'newer' }, '{"ok":true}')).toBe(true);
  expect(says(ackWhen, { 'x-conflict': 'newer' }, '{"ok":false}')).toBe(false);
  const unread = () => {
    throw new Error('read');
  };
  expect(newerTest(ackWhen)!({}, unread)).toBe(false);
});

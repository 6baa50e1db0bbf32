import { describe, expect, test } from '@jest/globals';
import { pretty } from './pretty.ts';

const BASE = { level: 'info', time: '2026-11-22T12:00:01.234Z', program: 'worker' };
const line = (entry: object) => pretty(JSON.stringify({ ...BASE, ...entry }));

describe('an attempt', () => {
  const ATTEMPT = {
    msg: 'delivery.attempted',
    partner: 'hospital',
    path: '/api/v1/reserveBeds',
    ruleId: 'r-1',
    version: 3,
    attempt: 1,
    tookMs: 4.4,
  };

  test('that delivered is one short line', () => {
    expect(line({ ...ATTEMPT, outcome: 'delivered', status: 200 })).toBe(
      '12:00:01 hospital → POST /api/v1/reserveBeds 200 4 ms  r-1 v3\n',
    );
  });

  test('that did not says what happens to it and which one it was', () => {
    expect(line({ ...ATTEMPT, outcome: 'retried', reason: 'ETIMEDOUT', attempt: 2 })).toBe(
      '12:00:01 hospital → POST /api/v1/reserveBeds ETIMEDOUT 4 ms  r-1 v3  retried (attempt 2)\n',
    );
  });

  test('says its method where the connector does', () => {
    expect(line({ ...ATTEMPT, method: 'PUT', path: '/beds/{ruleId}', outcome: 'delivered', status: 200 })).toBe(
      '12:00:01 hospital → PUT /beds/{ruleId} 200 4 ms  r-1 v3\n',
    );
  });

  test('of a record without a readable rule names none', () => {
    expect(line({ ...ATTEMPT, outcome: 'delivered', status: 200, ruleId: null })).toMatch(/200 4 ms\n$/);
  });
});

test('anything else is its event and its details, with the level when it is not info', () => {
  expect(line({ msg: 'worker.ready', url: 'http://x', partitions: [1, 2] })).toBe(
    '12:00:01 worker worker.ready  url=http://x  partitions=[1,2]\n',
  );
  expect(line({ level: 'error', msg: 'down', partner: 'ems' })).toBe('12:00:01 ems ERROR down\n');
});

test('what a publisher wrote neither breaks the line nor steers the terminal', () => {
  const text = line({ msg: 'record.parked', ruleId: 'a\nb\r\u001b[2Jc\u009b31m\u0000' });
  expect(text).toBe('12:00:01 worker record.parked  ruleId=a\\nb\\r\\u001b[2Jc\\u009b31m\\u0000\n');
});

test('what is no JSON passes as it is', () => {
  expect(pretty('plain text\n')).toBe('plain text\n');
  expect(pretty('\u001b[2Jplain\n')).toBe('\\u001b[2Jplain\n');
});

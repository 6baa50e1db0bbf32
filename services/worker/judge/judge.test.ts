import type { Meaning } from '@ess/domain/delivery/outcome.ts';
import { FIRST_TRIAL, FLOWS } from '@ess/test/fixtures/trial.ts';
import { expect, test } from '@jest/globals';
import type { Ending, Standing, Trial, Verdict } from './judge.ts';
import { judge } from './judge.ts';

const POLICY = { status: {}, retry: { maxAttempts: 3, firstMs: 1, maxMs: 2 } };
const HELD: Standing = { isHeld: true, refusesAll: false };
const FLOOD: Standing = { isHeld: false, refusesAll: true };
const LAST: Trial = { ...FIRST_TRIAL, attempts: 2 };
const others = { throughSinceFailed: true, throughSinceRefused: true };

const status = (code: number, newer = false): Ending => ({ kind: 'answered', status: code, ...(newer && { newer }) });
const away: Ending = { kind: 'unreachable', code: 'ECONNREFUSED' };
const unmapped: Ending = { kind: 'unmapped', reason: 'mapping', detail: 'mapping: no title' };

const malformed: Ending = { kind: 'malformed', why: 'header line 3 of the answer is malformed' };
const item = (code: number | null): Ending => ({ kind: 'item', status: code });
const says = (means: Meaning['class']): Ending => ({
  kind: 'answered',
  status: 200,
  means: { class: means, code: 'not-acked', why: 'the partner answered 200, but no' },
});
const NO = 'the partner answered 200, but no';
const LINE_3 = 'header line 3 of the answer is malformed';
const UNNAMED = 'the answer does not name the record';
const BATCH: Trial = { ...FIRST_TRIAL, companions: 4 };

const unreadable: Ending = { kind: 'unreadable', reason: 'decode', detail: 'the bytes end' };

const parked = (reason: string, detail: string, blames = 'record') => ({ kind: 'parked', blames, reason, detail });
const waits = (reason: string, blames: string) => ({ kind: 'waits', blames, reason });

/** Its request had an OAuth token. */
const TOKEN: Trial = { ...FIRST_TRIAL, tokenMayBeOld: true };
const anew = { kind: 'again', reason: 'status-401, again with a new token' };

test.each<[string, Ending, Trial, Standing, object]>([
  // A token that the partner takes no more.
  ['a 401 to a token', status(401), TOKEN, FLOWS, anew],
  ['a 401 to the token of a batch', status(401), { ...TOKEN, companions: 9 }, FLOWS, anew],
  ['a 401 to a token, others through', status(401), { ...TOKEN, ...others }, FLOWS, anew],
  [
    'a 401 to the next token',
    status(401),
    FIRST_TRIAL,
    FLOWS,
    { kind: 'hold', blames: 'hold', reason: 'status-401', why: 'status-401' },
  ],
  ['a 401 to a token while held', status(401), TOKEN, HELD, waits('status-401', 'hold')],
  [
    'a 403 to a token',
    status(403),
    TOKEN,
    FLOWS,
    { kind: 'hold', blames: 'hold', reason: 'status-403', why: 'status-403' },
  ],
  // Through.
  ['an ack', status(204), FIRST_TRIAL, FLOWS, { kind: 'delivered' }],
  ['an ack of the last attempt', status(200), LAST, FLOWS, { kind: 'delivered' }],
  ['an ack of a held partner', status(200), FIRST_TRIAL, HELD, { kind: 'delivered' }],
  ['a 409 that says it has a newer one', status(409, true), FIRST_TRIAL, FLOWS, { kind: 'delivered' }],
  ['cut', { kind: 'cut' }, FIRST_TRIAL, FLOWS, { kind: 'left' }],
  ['cut while held', { kind: 'cut' }, LAST, HELD, { kind: 'left' }],
  // The record's own fault.
  ['a refusal', status(422), FIRST_TRIAL, FLOWS, parked('status-422', 'the partner answered 422')],
  ['a refusal that is no newer one', status(409), FIRST_TRIAL, FLOWS, parked('status-409', 'the partner answered 409')],
  ['no document', unmapped, FIRST_TRIAL, FLOWS, parked('mapping', 'mapping: no title')],
  ['a refusal while held', status(422), FIRST_TRIAL, HELD, waits('status-422', 'record')],
  ['no document while held', unmapped, FIRST_TRIAL, HELD, waits('mapping', 'record')],
  ['what cannot be read', unreadable, FIRST_TRIAL, FLOWS, parked('decode', 'the bytes end')],
  ['what cannot be read while held', unreadable, FIRST_TRIAL, HELD, parked('decode', 'the bytes end')],
  [
    'what cannot be read, one of too many',
    unreadable,
    FIRST_TRIAL,
    FLOOD,
    { kind: 'hold', blames: 'record', reason: 'decode', why: expect.stringContaining('too many') },
  ],
  [
    'one of too many while held',
    unreadable,
    FIRST_TRIAL,
    { isHeld: true, refusesAll: true },
    waits('decode', 'record'),
  ],
  [
    'a refusal, one of too many',
    status(422),
    FIRST_TRIAL,
    FLOOD,
    { kind: 'hold', blames: 'record', reason: 'status-422', why: expect.stringContaining('too many') },
  ],
  [
    'a refusal of a dead letter among too many',
    status(422),
    { ...FIRST_TRIAL, redriven: true },
    FLOOD,
    parked('status-422', 'the partner answered 422'),
  ],
  [
    'a refused batch',
    status(400),
    { ...FIRST_TRIAL, companions: 4 },
    FLOWS,
    { kind: 'single', reason: 'status-400 for the batch' },
  ],
  [
    'a refused batch while held',
    status(400),
    { ...FIRST_TRIAL, companions: 1 },
    HELD,
    { kind: 'single', reason: 'status-400 for the batch' },
  ],
  // The endpoint's.
  ['trouble', status(503), FIRST_TRIAL, FLOWS, { kind: 'retry', blames: 'endpoint', reason: 'status-503' }],
  ['no answer', away, FIRST_TRIAL, FLOWS, { kind: 'retry', blames: 'endpoint', reason: 'ECONNREFUSED' }],
  [
    'trouble of a batch',
    status(500),
    { ...FIRST_TRIAL, companions: 4 },
    FLOWS,
    { kind: 'retry', blames: 'endpoint', reason: 'status-500' },
  ],
  ['trouble while held', away, LAST, HELD, waits('ECONNREFUSED', 'endpoint')],
  ['trouble among refusals', away, FIRST_TRIAL, FLOOD, { kind: 'retry', blames: 'endpoint', reason: 'ECONNREFUSED' }],
  [
    'trouble to the end, and nobody got through',
    away,
    LAST,
    FLOWS,
    { kind: 'hold', blames: 'endpoint', reason: 'ECONNREFUSED', why: 'ECONNREFUSED' },
  ],
  [
    'trouble to the end while others get through',
    status(500),
    { ...LAST, ...others },
    FLOWS,
    parked('exhausted', '3 attempts, last: status-500', 'endpoint'),
  ],
  [
    'trouble in between while others get through',
    away,
    { ...FIRST_TRIAL, ...others },
    FLOWS,
    { kind: 'retry', blames: 'endpoint', reason: 'ECONNREFUSED' },
  ],
  // By the connector's own words.
  ['an ack by ack.status', { ...says('ack'), status: 404 } as Ending, FIRST_TRIAL, FLOWS, { kind: 'delivered' }],
  ['else: refuse', says('record'), FIRST_TRIAL, FLOWS, parked('not-acked', 'the partner answered 200, but no')],
  ['else: refuse, while held', says('record'), FIRST_TRIAL, HELD, waits('not-acked', 'record')],
  ['else: refuse, of a batch', says('record'), BATCH, FLOWS, { kind: 'single', reason: 'not-acked for the batch' }],
  ['else: retry', says('endpoint'), FIRST_TRIAL, FLOWS, { kind: 'retry', blames: 'endpoint', reason: NO }],
  ['else: retry, to the end', says('endpoint'), LAST, FLOWS, { kind: 'hold', blames: 'endpoint', reason: NO, why: NO }],
  ['else: hold', says('hold'), FIRST_TRIAL, FLOWS, { kind: 'hold', blames: 'hold', reason: NO, why: NO }],
  [
    'else: hold, while others get through',
    says('hold'),
    { ...FIRST_TRIAL, ...others },
    FLOWS,
    parked('not-acked', `${NO} while others get through`, 'hold'),
  ],
  // What is no HTTP.
  ['no HTTP', malformed, FIRST_TRIAL, FLOWS, { kind: 'hold', blames: 'hold', reason: LINE_3, why: LINE_3 }],
  ['no HTTP while held', malformed, FIRST_TRIAL, HELD, waits(LINE_3, 'hold')],
  [
    'no HTTP for one record alone',
    malformed,
    { ...FIRST_TRIAL, ...others },
    FLOWS,
    parked('malformed-answer', `${LINE_3} while others get through`, 'hold'),
  ],
  // Of a batch, item by item.
  ['an acked item', item(201), BATCH, FLOWS, { kind: 'delivered' }],
  ['a refused item', item(422), BATCH, FLOWS, parked('status-422', 'the partner answered 422 for this record')],
  ['an item not found', item(404), BATCH, FLOWS, parked('status-404', 'the partner answered 404 for this record')],
  ['an item in trouble', item(503), BATCH, FLOWS, { kind: 'retry', blames: 'endpoint', reason: 'status-503' }],
  [
    'an item in trouble, too often',
    item(503),
    { ...BATCH, ...LAST, ...others },
    FLOWS,
    parked('exhausted', '3 attempts, last: status-503', 'endpoint'),
  ],
  ['no such item', item(null), BATCH, FLOWS, { kind: 'single', reason: 'the answer to the batch does not name it' }],
  ['no such item, alone', item(null), FIRST_TRIAL, FLOWS, { kind: 'retry', blames: 'endpoint', reason: UNNAMED }],
  [
    'no such item, alone, to the end',
    item(null),
    LAST,
    FLOWS,
    { kind: 'hold', blames: 'endpoint', reason: UNNAMED, why: UNNAMED },
  ],
  // Every record would fail the same way.
  [
    'a method that is not allowed',
    status(405),
    FIRST_TRIAL,
    FLOWS,
    { kind: 'hold', blames: 'hold', reason: 'status-405', why: 'status-405' },
  ],
  [
    'a credential that is refused',
    status(401),
    FIRST_TRIAL,
    FLOWS,
    { kind: 'hold', blames: 'hold', reason: 'status-401', why: 'status-401' },
  ],
  [
    'a redirect',
    status(302),
    FIRST_TRIAL,
    FLOWS,
    { kind: 'hold', blames: 'hold', reason: 'status-302', why: 'status-302' },
  ],
  [
    'not found while others get through',
    status(404),
    { ...FIRST_TRIAL, ...others },
    FLOWS,
    parked('status-404', 'refused while others get through', 'hold'),
  ],
  ['not found while held', status(404), { ...FIRST_TRIAL, ...others }, HELD, waits('status-404', 'hold')],
])('%s', (_, ending, trial, standing, verdict) => {
  expect(judge(ending, trial, standing, POLICY)).toEqual(verdict);
});

test("the connector's table of statuses wins", () => {
  const policy = { ...POLICY, status: { 404: 'ack', 503: 'record' } as const };
  expect(judge(status(404), FIRST_TRIAL, FLOWS, policy)).toEqual({ kind: 'delivered' });
  expect(judge(status(503), FIRST_TRIAL, FLOWS, policy)).toMatchObject({ kind: 'parked' } satisfies Partial<Verdict>);
});

test('nothing is parked and nothing is counted while the partner is held, whatever is answered', () => {
  for (const code of [200, 301, 400, 401, 408, 409, 422, 429, 500, 503])
    for (const attempts of [0, 2, 9])
      for (const throughSinceFailed of [false, true]) {
        const trial = { ...FIRST_TRIAL, attempts, throughSinceFailed, throughSinceRefused: throughSinceFailed };
        expect(['delivered', 'waits']).toContain(judge(status(code), trial, HELD, POLICY).kind);
      }
});

test('a 207 to a batch acks nothing and parks nothing: it holds with the remedy, and its records go singly then', () => {
  const policy = { ...POLICY, batch: { maxRecords: 2, maxWaitMs: 1 } };
  const verdict = { blames: 'hold', reason: 'status-207', single: true };
  for (const trial of [FIRST_TRIAL, BATCH, { ...LAST, ...others }]) {
    const held = judge(status(207), trial, FLOWS, policy);
    expect(held).toEqual({ kind: 'hold', ...verdict, why: expect.stringContaining('add deliver.batch.answer') });
    expect(judge(status(207), trial, HELD, policy)).toEqual({ kind: 'waits', ...verdict });
  }
  expect(judge(status(200), BATCH, FLOWS, policy)).toEqual({ kind: 'delivered' });
  expect(judge(status(207), FIRST_TRIAL, FLOWS, POLICY)).toEqual({ kind: 'delivered' });
});

import { expect, test } from '@jest/globals';
import { OneLog } from './one-log.ts';

function passed(line: Buffer | string, { pretty = false, lost = 0 } = {}): string {
  const written: Buffer[] = [];
  const log = new OneLog({ pretty, write: (bytes) => void written.push(Buffer.from(bytes)) });
  log.pass('worker', [{ bytes: Buffer.from(line), lost }]);
  return Buffer.concat(written).toString('latin1');
}

test.each([
  ['of ours', '{"level":"info","time":"2026-11-29T00:00:00.000Z","program":"worker","big":12345678901234567890}'],
  ['that is called name', '{"name":"other","x":1.0}'],
])('a JSON line %s passes as it is', (_, line) => {
  expect(passed(line)).toBe(`${line}\n`);
});

test('a JSON line without a program gets it, and its numbers stay as they were written', () => {
  expect(passed('{"big":12345678901234567890,"as":1.00}')).toBe(
    '{"program":"worker","big":12345678901234567890,"as":1.00}\n',
  );
  expect(passed('{}')).toBe('{"program":"worker"}\n');
});

test.each([
  ['text', 'ess: the settings are invalid'],
  ['a list', '[1,2]'],
  ['half an object', '{"program":"worker","half'],
  ['what would move a cursor', '\u001b[2J\u202e'],
])('%s becomes the text of an entry', (_, line) => {
  const written = passed(line);
  expect(JSON.parse(written)).toMatchObject({ program: 'worker', text: line, msg: 'program.said' });
  expect(written).toMatch(/^[\x20-\x7e]+\n$/);
});

test('what is no UTF-8 is seen as such, in JSON too, and the line is JSON', () => {
  for (const line of ['{"program":"worker","x":"', 'text ']) {
    const bytes = Buffer.concat([Buffer.from(line), Buffer.from([0xff, 0xc3]), Buffer.from('"}')]);
    const written = Buffer.from(passed(bytes), 'latin1').toString();
    expect(JSON.parse(written)).toMatchObject({ program: 'worker' });
    expect(written).toContain('\ufffd');
  }
});

test('a line whose end was left out says how much is missing', () => {
  expect(JSON.parse(passed('{"program":"worker"}', { lost: 7 }))).toMatchObject({
    text: '{"program":"worker"}',
    lostBytes: 7,
  });
});

test('for people it is one short line', () => {
  const line = JSON.stringify({ level: 'error', time: '2026-11-29T12:00:01.000Z', program: 'worker', msg: 'x', a: 1 });
  expect(passed(line, { pretty: true })).toBe('12:00:01 worker ERROR x  a=1\n');
  expect(passed('stack trace', { pretty: true })).toMatch(/worker WARN program\.said {2}text=stack trace\n$/);
});

test('lines that came together go out together', () => {
  const written: string[] = [];
  const log = new OneLog({ pretty: false, write: (bytes) => void written.push(`${Buffer.from(bytes)}`) });
  log.pass('worker', [
    { bytes: Buffer.from('{"program":"a"}'), lost: 0 },
    { bytes: Buffer.from('{"program":"b"}'), lost: 0 },
  ]);
  expect(written).toEqual(['{"program":"a"}\n{"program":"b"}\n']);
});

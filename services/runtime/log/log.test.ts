import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createLog, Redactor } from './log.ts';

function open(secrets: string[] = [], options: { pretty?: boolean; level?: string } = {}) {
  const redactor = new Redactor();
  redactor.add(secrets);
  const lines: string[] = [];
  const log = createLog('worker', { redactor, pretty: false, ...options, write: (line) => lines.push(line) });
  return { log, lines, redactor, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a line is JSON with time, level by name, program, event and details', () => {
  const { log, entries } = open();
  log.child({ partner: 'hospital' }).info({ attempt: 2 }, 'delivery.attempted');
  expect(entries()).toEqual([
    {
      level: 'info',
      program: 'worker',
      partner: 'hospital',
      attempt: 2,
      msg: 'delivery.attempted',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
  ]);
});

test('below its level nothing is written', () => {
  const { log, lines } = open([], { level: 'warn' });
  log.info({}, 'quiet');
  log.warn({}, 'loud');
  expect(lines).toHaveLength(1);
});

describe('a registered secret never passes', () => {
  const secret = 'pl4nted "s€cret"\\ &\n';

  test.each([
    ['in a message', (text: string) => [{}, `wrong token ${text}`]],
    ['in a field', (text: string) => [{ authorization: `Bearer ${text}` }, 'x']],
    ['deep in a field', (text: string) => [{ request: { headers: [{ value: text }] } }, 'x']],
    ['as the name of a field', (text: string) => [{ [text]: 1 }, 'x']],
    [
      'in an error with its stack and cause',
      (text: string) => [{ err: new Error('a', { cause: new Error(text) }) }, 'x'],
    ],
    ['in a quoted JSON body', (text: string) => [{ body: JSON.stringify({ token: text }) }, 'x']],
    ['in a URL', (text: string) => [{ url: `https://h.example/?token=${encodeURIComponent(text)}` }, 'x']],
  ] as const)('%s', (_where, entry) => {
    for (const pretty of [false, true]) {
      const { log, lines } = open([secret], { pretty });
      const [details, message] = entry(secret) as [object, string];
      log.error(details, message);
      const text = lines.join('');
      expect(text).toContain('[secret]');
      for (const part of ['pl4nted', 's€cret', 's%E2%82%ACcret']) expect(text).not.toContain(part);
    }
  });

  test.each([
    ['upper case', encodeURIComponent('a/b=c d+e%f')],
    ['lower case', encodeURIComponent('a/b=c d+e%f').toLowerCase()],
    ['as a form', new URLSearchParams([['', 'a/b=c d+e%f']]).toString().slice(1)],
    ['as a path', 'a/b=c%20d+e%25f'],
    ['more than needed', '%61%2f%62=c%20d%2Be%25f'],
  ])('in a URL, percent-encoded in %s', (_how, spelt) => {
    const { log, lines } = open(['a/b=c d+e%f']);
    log.error({ url: `https://h.example/x?y=${spelt}&z` }, 'x');
    expect(lines.join('')).toContain('https://h.example/x?y=[secret]&z');
  });

  test('in a child logger either, nor when it is registered late', () => {
    const { log, lines, redactor } = open();
    const child = log.child({ note: 'late-secret-1' });
    redactor.add(['late-secret-1']);
    child.info({}, 'x');
    expect(lines.join('')).not.toContain('late-secret-1');
  });

  test('whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, minLength: 6, maxLength: 40 }), (planted) => {
        const { log, lines, entries } = open([planted]);
        log.info({ planted: `[${planted}]`, body: JSON.stringify({ planted }) }, `x ${encodeURIComponent(planted)}`);
        expect(lines).toHaveLength(1);
        const [entry] = entries();
        expect([entry!['planted'], entry!['msg']]).toEqual(['[[secret]]', 'x [secret]']);
        expect(entry!['body']).toBe('{"planted":"[secret]"}');
      }),
    );
  });
});

describe('a secret that contains another', () => {
  test.each([[['abcdef', 'abcdef-long-tail']], [['abcdef-long-tail', 'abcdef']]])('leaves no tail: %j', (secrets) => {
    const redactor = new Redactor();
    redactor.add(secrets);
    expect(redactor.clean('x abcdef-long-tail y abcdef z')).toBe('x [secret] y [secret] z');
  });

  test('also when they are registered one after the other', () => {
    const redactor = new Redactor();
    redactor.add(['abcdef']);
    redactor.add(['abcdef-long-tail']);
    expect(redactor.clean('abcdef-long-tail')).toBe('[secret]');
  });
});

test('values too short to be secrets do not mask ordinary words', () => {
  const redactor = new Redactor();
  redactor.add(['true', '', 'a']);
  expect(redactor.clean('true as a rule')).toBe('true as a rule');
});

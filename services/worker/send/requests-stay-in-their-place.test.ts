// What no request can carry is a mapping error, and what is carried changes nothing but its own place.
import { anyCharacter } from '@ess/test/harness/data/any-character.ts';
import type { Asked } from '@ess/test/harness/data/wire.ts';
import { closeWire, connectorOf, openWire, port, RECORD, sent } from '@ess/test/harness/data/wire.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

beforeAll(openWire);
afterAll(closeWire);

const path = (text: string): Asked => ({ path: text });

describe('what cannot be sent is a mapping error that names field and template', () => {
  const asks = 'and deliver.url asks for {region}';
  const header = { deliver: { headers: { 'x-zone': '{region}' } } };
  const headerAsks = 'and deliver.headers.x-zone asks for {region}';
  test.each<[string, Asked, unknown, string]>([
    ['null', path('/l/{region}'), null, `region: is null, ${asks}`],
    ['absent', path('/l/{labels.none}'), 'x', 'labels.none: is absent, and deliver.url asks for {labels.none}'],
    ['empty', path('/l/{region}'), '', `region: is empty, ${asks}`],
    ['a dot', path('/l/{region}'), '.', `region: is ".", ${asks}`],
    ['two dots', path('/l?a={region}'), '..', `region: is "..", ${asks}`],
    [
      'half a character',
      path('/l/{region}'),
      '\ud800',
      `region: holds half a character, which no URL can carry, ${asks}`,
    ],
    ['too long', path('/l/{region}'), 'x'.repeat(4_097), `region: has more than 4096 characters, ${asks}`],
    ['empty in a header', header, '', `region: is empty, ${headerAsks}`],
    ['a line break', header, 'a\r\nx-b: 1', `region: holds a character that no header can carry, ${headerAsks}`],
    ['a NUL', header, 'a\0', `region: holds a character that no header can carry, ${headerAsks}`],
    ['beyond ASCII', header, 'Süd', `region: holds a character that no header can carry, ${headerAsks}`],
    ['a blank at the end', header, 'a ', `region: begins or ends with a blank, which no header carries, ${headerAsks}`],
    ['NaN', path('/s/{share}'), 'x', 'share: is NaN, which JSON has no number for, and deliver.url asks for {share}'],
  ])('%s', async (_name, asked, region, reason) => {
    const record = { ...RECORD, region, share: Number.NaN };
    expect(await sent(connectorOf(asked), record)).toBe(`mapping: ${reason}`);
  });
});

test('no value of a field changes the host, the number of segments or parameters, or the lines of the head', async () => {
  const connectors = [
    { 'x-one': '{region}', 'x-two': 'is {ruleId}' },
    { 'x-one': '1', 'x-two': '2' },
  ].map((headers) =>
    connectorOf({
      path: '/a/{region}/b/{ruleId}.json?x={region}&y={ruleId}',
      deliver: { method: 'PUT', headers },
      onLeave: { method: 'DELETE', url: '/c/{region}/{ruleId}' },
    }),
  );
  const hostile = fc.constantFrom(
    '/',
    '..',
    '%2e',
    '\r\n',
    '\n',
    ' ',
    '?',
    '#',
    '&',
    '=',
    '@',
    ':',
    '\\',
    '\0',
    ';',
    '{ruleId}',
  );
  const value = fc.oneof(
    fc.string({ unit: anyCharacter }),
    fc
      .array(fc.oneof(hostile, fc.string({ minLength: 1, maxLength: 3 })), { minLength: 1 })
      .map((parts) => parts.join('')),
  );
  const shapes = { active: [5, 2, 14], withdrawn: [4, 1, 12] };
  let through = 0;
  const oneOf = (status: string) => fc.constantFrom(...connectors.map((connector) => ({ connector, status })));
  const way = fc.oneof(oneOf('active'), oneOf('withdrawn'));
  await fc.assert(
    fc.asyncProperty(value, value, way, async (region, ruleId, { connector, status }) => {
      const text = await sent(connector, { ...RECORD, region, ruleId, status });
      if (text.startsWith('mapping: ')) return;
      through += 1;
      const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
      const [, target = ''] = /^(?:PUT|DELETE) (\S+) HTTP\/1\.1$/.exec(lines[0] ?? '') ?? [];
      const [pathname = '', search = ''] = target.split('?');
      const url = new URL(target, `http://127.0.0.1:${port}`);
      // The same to whoever parses it: no step is taken back.
      expect(url.pathname.split('/')).toHaveLength(pathname.split('/').length);
      expect(url.host).toBe(`127.0.0.1:${port}`);
      expect(lines.filter((line) => /^host:/i.test(line))).toEqual([`host: 127.0.0.1:${port}`]);
      const [segments, parameters, count] = shapes[status as keyof typeof shapes] as [number, number, number];
      expect([pathname.split('/').length, search.split('&').length, lines.length]).toEqual([
        segments,
        parameters,
        count,
      ]);
      const last = pathname.split('/').at(-1) as string;
      expect(decodeURIComponent(last)).toBe(status === 'active' ? `${ruleId}.json` : ruleId);
    }),
    { numRuns: 150 },
  );
  expect(through).toBeGreaterThan(20);
});

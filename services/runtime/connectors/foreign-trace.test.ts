import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import { expect, test } from '@jest/globals';
import { foreignTrace } from './foreign-trace.ts';

const noteOf = (url: string, text = '', allow: readonly string[] = []) =>
  foreignTrace({
    deliver: { url, allow },
    recipe: { folder: { files: new Map([[CONNECTOR_FILE, text]]) } },
  } as never);

test('a host outside is named, with the remedy', () => {
  expect(noteOf('https://hospital.example/rules')).toBe(
    'deliver.trace: hospital.example is told ids of your traces; write restart to give it a trace of its own, or propagate to keep it so',
  );
  expect(noteOf('https://8.8.8.8/rules')).toContain('8.8.8.8');
  expect(noteOf('https://[2606:4700::1111]/')).toContain('2606:4700::1111');
});

test.each<readonly [url: string, text: string, allow: readonly string[]]>([
  ['https://gateway/rules', '', []],
  ['https://rules.prod.svc/x', '', []],
  ['https://rules.internal/x', '', []],
  ['http://127.0.0.1:7001/x', '', []],
  ['https://10.1.2.3/x', '', []],
  ['https://hospital.example/x', 'deliver:\n  trace: propagate\n', []],
  ['https://hospital.example/x', 'deliver: { url: x, trace: restart }\n', []],
  ['https://hospital.example/x', '', ['203.0.113.0/24']],
])('%s %j %j: nothing is advised', (url, text, allow) => {
  expect(noteOf(url, text, allow)).toBeUndefined();
});

import { compileConnector } from '@ess/domain/connector/compile.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, jest, test } from '@jest/globals';
import { askEach } from './new-answers.ts';
import type { Answers, NewOptions } from './new-folder.ts';
import { folderOf } from './new-folder.ts';

const OPTIONS: NewOptions = { topic: 'rules', sign: true };
const PATH = { path: 'connectors/clinic', partner: 'clinic' };
const question = { option: '', text: '?', usual: '' };

function judge(answers: Answers): string[] {
  const folder = { ...PATH, files: folderOf('clinic', answers, OPTIONS) };
  const options = { env: () => undefined, withoutEnv: true, partners: ['clinic'], sourceSchema: findSubject };
  return compileConnector(folder, options).problems.map(({ message }) => message);
}

test('a wrong answer is told at its question, which is asked again; the others are kept', async () => {
  const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const typed = [
    'clinic.example',
    'https://clinic.example/rules',
    'Hospital',
    'nope=beds',
    'title=name',
    'basic',
    'bearer',
  ];
  const asked = await askEach(
    {},
    { url: question, scope: question, fields: question, auth: question },
    async () => typed.shift(),
    judge,
  );
  expect(asked).toEqual({
    url: 'https://clinic.example/rules',
    scope: 'Hospital',
    fields: 'title=name',
    auth: 'bearer',
  });
  const lines = told.mock.calls.map(([line]) => String(line));
  expect(lines).toEqual([expect.stringMatching(/URL/i), expect.stringMatching(/nope/), expect.stringMatching(/basic/)]);
});

test('who leaves is asked no more', async () => {
  expect(await askEach({}, { url: question, auth: question }, async () => undefined, judge)).toBeUndefined();
});

test('a field that is given twice is refused', () => {
  const answers = { url: 'https://clinic.example/', scope: '', auth: 'none', fields: 'title=name, title=label' };
  expect(() => folderOf('clinic', answers, OPTIONS)).toThrow(/"title" is given twice/);
});

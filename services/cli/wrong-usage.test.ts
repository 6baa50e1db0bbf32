// What commands say to a mistake before they ask anybody.
import { afterEach, expect, jest, test } from '@jest/globals';
import { checkRule } from './checked-rule.ts';
import { addCommands } from './commands.ts';
import { essProgram } from './program.ts';
import { ruleLines } from './rule-lines.ts';

afterEach(() => void jest.restoreAllMocks());

async function ess(...words: string[]): Promise<string[]> {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const program = essProgram();
  await addCommands(program, words);
  await program.parseAsync(words, { from: 'user' });
  return written.mock.calls.map(([line]) => String(line));
}

test.each<[string[], RegExp]>([
  [['keys', 'new', '--console-token', ''], /--console-token "" is no name/],
  [['keys', 'new', '--console-token', 'a b'], /--console-token "a b" is no name/],
  [['publish', 'no-such-file.json'], /cannot read no-such-file\.json: it is not there/],
  [['publish', '.'], /cannot read \.: it is a folder, not a file/],
  [['logs', '--explain', 'partner.holds'], /did you mean "partner.held"/],
  [['logs', '--explain', 'nosuch'], /no event is called "nosuch": "ess logs" lists them all$/],
])('ess %j', async (words, told) => {
  await expect(ess(...words)).rejects.toThrow(told);
});

test('ess logs lists all events, as JSON in the form of one', async () => {
  const all = (await ess('logs', '--json')).map((line): unknown => JSON.parse(line));
  jest.restoreAllMocks();
  const [one = ''] = await ess('logs', '--explain', 'partner.held', '--json');
  expect(all).toContainEqual(JSON.parse(one));
});

test('a rule that is no object, and a number that lost digits, are told once and plainly', () => {
  const problems = (json: string) => ruleLines('f', json).flatMap((line) => checkRule(line).problems);
  expect(problems('[7]')).toEqual([expect.stringMatching(/^f\[0\]: must be/)]);
  const version = problems('{ "version": 12345678901234567890 }').filter((line) => line.includes('version'));
  expect(version).toEqual([expect.stringMatching(/cannot be held exactly/)]);
});

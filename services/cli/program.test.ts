import { expect, test } from '@jest/globals';
import { addCommands } from './commands.ts';
import { essProgram } from './program.ts';

test.each<[string, RegExp]>([
  [
    'replay --dry-run cancel a1b2c3d4',
    /^--dry-run before "cancel" is an option of "ess replay": .*"ess replay cancel"/,
  ],
  ['replay --dry-run undo a1b2c3d4', /^--dry-run before "undo"/],
  ['console --port 8081 link hospital', /^--port before "link" is an option of "ess console"/],
])('an option before a subcommand is refused: ess %s', async (line, told) => {
  const program = essProgram();
  const words = line.split(' ');
  await addCommands(program, words);
  await expect(program.parseAsync(words, { from: 'user' })).rejects.toThrow(told);
});

test('the help of a subcommand offers none of them', async () => {
  const program = essProgram();
  const help: string[] = [];
  program.configureOutput({ writeOut: (text) => void help.push(text) });
  await addCommands(program, ['replay']);
  await expect(program.parseAsync(['replay', 'cancel', '--help'], { from: 'user' })).rejects.toThrow();
  expect(help.join('')).toMatch(/--reason/);
  expect(help.join('')).not.toMatch(/--dry-run|Global/);
});

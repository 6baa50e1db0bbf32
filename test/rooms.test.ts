import { describe, expect, test } from '@jest/globals';
import { roomViolations } from './rooms.ts';

const file = (path: string, ...imports: string[]) => ({
  path,
  text: imports.map((from) => `import type { A } from '${from}';\n`).join(''),
});

describe('arrows between the folders of a workspace', () => {
  test('one way is right, and so is a file at the top that both ends know', () =>
    expect(
      roomViolations([
        file('services/worker/assignment.ts', './judge/a.ts', './send/a.ts'),
        file('services/worker/judge/a.ts', '../send/a.ts', './b.ts'),
        file('services/worker/judge/b.ts', './a.ts'),
        file('services/worker/send/a.ts'),
      ]),
    ).toEqual([]));

  test('there and back, over others too, names each import on the way', () =>
    expect(
      roomViolations([
        file('services/worker/judge/a.ts', '../send/a.ts'),
        file('services/worker/send/a.ts', '../top.ts'),
        file('services/worker/top.ts', './judge/a.ts'),
      ]).map((line) => line.split(' ')[0]),
    ).toEqual(['services/worker/judge/a.ts:1', 'services/worker/send/a.ts:1', 'services/worker/top.ts:1']));
});

test('a file of 301 lines and a folder of sixteen files are too much; tests count as files, not in folders', () => {
  const many = Array.from({ length: 16 }, (_, index) => file(`services/cli/terminal/f${index}.ts`));
  expect(roomViolations(many)).toEqual(['services/cli/terminal has 16 source files, more than 15']);
  expect(roomViolations([...many.slice(1), file('services/cli/terminal/f.test.ts')])).toEqual([]);
  const long = { path: 'services/cli/long.test.ts', text: 'x;\n'.repeat(301) };
  expect(roomViolations([long])).toEqual(['services/cli/long.test.ts has 301 lines, more than 300']);
});

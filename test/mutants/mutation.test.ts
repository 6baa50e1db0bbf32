import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { REPOSITORY } from '../harness/repository.ts';
import { MUTANTS } from './mutants.ts';
import { mutate } from './mutation.ts';
import { POINTS } from './points.ts';

test.each([...MUTANTS, ...POINTS])('$name: its function is there, and changes', (mutation) => {
  const source = readFileSync(join(REPOSITORY, mutation.file), 'utf8');
  expect(mutate(source, mutation)).not.toBe(source);
});

const SOURCE = `
const twice = (n: number) => n + n;

export async function add(
  a: number,
): Promise<number> {
  return a + 1;
}

export class One {
  #push(n: number): void {
    this.n += 1;
  }

  get push(): number {
    return 1 + 2;
  }

  add(n: number): void {
    if (n > 1) {
      this.n += 2;
    }
  }
}

class Two {
  add(): void {
    this.n += 2;
  }
}
`;

const mutation = (within: string, replaces: string) => ({
  name: 'm',
  file: 'f.ts',
  replacement: 'BROKEN',
  within,
  replaces,
});

describe('a mutant', () => {
  test.each([
    ['add', 'a + 1'],
    ['twice', 'n + n'],
    ['One##push', '+= 1'],
    ['One#push', '1 + 2'],
    ['One#add', '+= 2'],
    ['Two#add', '+= 2'],
  ])('changes what is within %s, and nothing else', (within, replaces) => {
    const mutated = mutate(SOURCE, mutation(within, replaces));
    expect(mutated.replace('BROKEN', replaces)).toBe(SOURCE);
    const behind = mutated.indexOf('BROKEN') > mutated.indexOf('class Two');
    expect(behind).toBe(within === 'Two#add');
  });

  test.each([
    ['gone', 'a', 'gone is 0 times'],
    ['One#gone', 'a', 'One#gone is 0 times'],
    ['Gone#add', 'a', 'Gone#add is 0 times'],
    ['One#add', '+= 1', '"+= 1" of One#add is 0 times'],
    ['One', '+= 2;\n    }\n  }\n}\n', '"+= 2'],
    ['add', 'a', '"a" of add is'],
  ])('of %s that is not found once is an error that names it', (within, replaces, said) => {
    expect(() => mutate(SOURCE, mutation(within, replaces))).toThrow(`mutant "m": ${said}`);
    expect(() => mutate(SOURCE, mutation(within, replaces))).toThrow('in f.ts; renew it in test/mutants');
  });

  test('of a function that is there twice is an error', () => {
    expect(() => mutate(`${SOURCE}${SOURCE}`, mutation('add', 'a + 1'))).toThrow('add is 2 times');
  });
});

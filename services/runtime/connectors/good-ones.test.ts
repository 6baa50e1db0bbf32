import type { Connector } from '@ess/domain/connector/connector.ts';
import { expect, test } from '@jest/globals';
import { goodOnes } from './good-ones.ts';

const load = (name: string): Connector => {
  if (name.startsWith('bad')) throw new Error(`${name} is invalid`);
  return { partner: name } as Connector;
};

test('those that are good are there, the others are told', () => {
  const told: unknown[] = [];
  const good = goodOnes(['a', 'bad-b', 'c'], load, { error: (...line: unknown[]) => void told.push(line) });
  expect(good.map(({ partner }) => partner)).toEqual(['a', 'c']);
  expect(told).toEqual([[{ partner: 'bad-b', error: 'Error: bad-b is invalid' }, 'connector.refused']]);
});

test('when none is good the first one says why', () => {
  expect(() => goodOnes(['bad-a', 'bad-b'], load, { error: () => undefined })).toThrow('bad-a is invalid');
  expect(goodOnes([], load, { error: () => undefined })).toEqual([]);
});

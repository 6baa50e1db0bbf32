import type { Connector } from '@ess/domain/connector.ts';
import { expect, test } from '@jest/globals';
import { goodConnectors } from './good-connectors.ts';

function load(name: string): Connector {
  if (name.startsWith('bad')) throw new Error(`${name} is invalid`);
  return { partner: name } as Connector;
}

test('those that are good are there, the others are told', () => {
  const told: unknown[] = [];
  const { connectors, refused } = goodConnectors(['a', 'bad-b', 'c'], load, {
    error: (...line: unknown[]) => void told.push(line),
  });
  expect(connectors.map(({ partner }) => partner)).toEqual(['a', 'c']);
  expect(refused).toEqual(['bad-b']);
  expect(told).toEqual([[{ partner: 'bad-b', error: 'Error: bad-b is invalid' }, 'connector.refused']]);
});

test('when none is good the first one says why', () => {
  expect(() => goodConnectors(['bad-a', 'bad-b'], load, { error: () => undefined })).toThrow('bad-a is invalid');
  expect(goodConnectors([], load, { error: () => undefined }).connectors).toEqual([]);
});

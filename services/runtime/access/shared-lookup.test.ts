import type { LookupAddress } from 'node:dns';
import { expect, test } from '@jest/globals';
import type { Lookup } from './shared-lookup.ts';
import { sharedLookup } from './shared-lookup.ts';

const HERE: LookupAddress[] = [{ address: '192.0.2.1', family: 4 }];
const all = { all: true } as const;

test('a name that is being looked up is not looked up again, and is once it was', () => {
  const asked: Array<[name: string, found: Parameters<Lookup>[2]]> = [];
  const lookup = sharedLookup((name, _options, found) => void asked.push([name, found]));
  const heard: string[] = [];
  const ask = (name: string, options = {}) =>
    lookup(name, { ...all, ...options }, (error, addresses) =>
      heard.push(`${name} ${error?.code ?? addresses.map(({ address }) => address)}`),
    );
  for (let tries = 0; tries < 3; tries += 1) ask('hospital.example');
  ask('clinic.example');
  ask('hospital.example', { family: 6 });
  expect(asked.map(([name]) => name)).toEqual(['hospital.example', 'clinic.example', 'hospital.example']);
  asked[1]?.[1](null, HERE);
  expect(heard).toEqual(['clinic.example 192.0.2.1']);
  asked[0]?.[1](Object.assign(new Error('nobody answers'), { code: 'EAI_AGAIN' }), []);
  expect(heard.slice(1)).toEqual(Array(3).fill('hospital.example EAI_AGAIN'));
  ask('hospital.example');
  expect(asked).toHaveLength(4);
});

test('whoever asks from within an answer asks anew', () => {
  let looked = 0;
  const lookup = sharedLookup((_name, _options, found) => {
    looked += 1;
    if (looked === 1) found(null, HERE);
  });
  lookup('hospital.example', all, () => lookup('hospital.example', all, () => undefined));
  expect(looked).toBe(2);
});

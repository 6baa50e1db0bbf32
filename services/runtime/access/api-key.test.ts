import { expect, test } from '@jest/globals';
import { apiKeyOwners, hashApiKey, newApiKey } from './api-key.ts';

test('a new key is recognisable, long, unlike any other, and known by its hash alone', () => {
  const made = Array.from({ length: 100 }, newApiKey);
  expect(new Set(made.map(({ key }) => key)).size).toBe(100);
  for (const { key, hash } of made) {
    expect(key).toMatch(/^ess_[A-Za-z0-9_-]{43}$/);
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(hash).toBe(hashApiKey(key));
  }
});

test('a key is found among several hashes, whichever place it has; two keys may act for one partner', () => {
  const [one, two, three] = [newApiKey(), newApiKey(), newApiKey()];
  const owner = apiKeyOwners([
    [one.hash, 'hospital'],
    [two.hash, 'county-ems'],
    [three.hash, 'hospital'],
  ]);
  expect([one, two, three].map(({ key }) => owner(key))).toEqual(['hospital', 'county-ems', 'hospital']);
});

test('anything else is nobody', () => {
  const { key, hash } = newApiKey();
  const owner = apiKeyOwners([
    [hash, 'hospital'],
    [hashApiKey(''), 'whoever shows nothing'],
    ['sha256:00', 'a hash cut short'],
  ]);
  for (const given of [
    undefined,
    null,
    '',
    7,
    {},
    [key],
    key.slice(0, -1),
    `${key} `,
    key.toUpperCase(),
    hash,
    'x'.repeat(1e6),
  ])
    expect(owner(given)).toBeUndefined();
  expect(apiKeyOwners([])(key)).toBeUndefined();
});

import { parseRange } from '@ess/domain/values/network.ts';
import { expect, test } from '@jest/globals';
import { forwardedAddress, forwardedHolder, holderOf, isIn, networksOf, plainAddress } from './client-address.ts';

test.each<[string | undefined, string | undefined]>([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '20010db800010002::/64'],
  ['fe80::1%eth0', 'fe80000000000000::/64'],
  ['::1', '0000000000000000::/64'],
  ['no address', undefined],
  [undefined, undefined],
])('%s is counted as %s', (address, holder) => {
  expect(holderOf(address)).toBe(holder);
});

test('addresses of one /64 are one holder, of two are two', () => {
  expect(holderOf('2001:db8::1')).toBe(holderOf('2001:db8::ffff:1'));
  expect(holderOf('2001:db8::1')).not.toBe(holderOf('2001:db8:0:1::1'));
});

const PROXIES = networksOf('X', ['10.0.0.0/8', 'fd00::/8']);
test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['192.0.2.1', '192.0.2.1'],
  ['203.0.113.9, 192.0.2.1', '192.0.2.1'],
  ['203.0.113.9,192.0.2.1 , 10.1.2.3,fd00::7', '192.0.2.1'],
  ['192.0.2.1:4711', '192.0.2.1'],
  ['203.0.113.9, [2001:db8::1]:4711', '20010db800000000::/64'],
  ['10.1.2.3', undefined],
  ['192.0.2.1, unknown', undefined],
])('X-Forwarded-For: %s speaks for %s', (text, holder) => {
  const headers = text === undefined ? {} : { 'x-forwarded-for': text };
  expect(forwardedHolder(headers, PROXIES)).toBe(holder);
});

test('whoever asks is named by the whole address, as everybody writes it, and counted by the network', () => {
  const headers = { 'x-forwarded-for': '[2001:DB8:0:0:1::A]:4711, 10.1.2.3' };
  expect(forwardedAddress(headers, PROXIES)).toBe('2001:db8::1:0:0:a');
  expect(['::ffff:192.0.2.7', '2001:0db8::000a', 'unknown'].map(plainAddress)).toEqual([
    ...['192.0.2.7', '2001:db8::a', 'unknown'],
  ]);
});

test('a mapped address is in the networks of its own family, and what is no address in none', () => {
  expect([isIn(PROXIES, '::ffff:10.0.0.1'), isIn(PROXIES, '11.0.0.1'), isIn(PROXIES, undefined)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(
    isIn(
      [parseRange('0.0.0.0/0')].flatMap((range) => range ?? []),
      'x',
    ),
  ).toBe(false);
});

test('what is no network is named with its variable', () => {
  expect(() => networksOf('ESS_BRIDGE_PROXIES', ['10.0.0.0/8', 'proxy'])).toThrow('ESS_BRIDGE_PROXIES: "proxy"');
});

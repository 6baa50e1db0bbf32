import { describe, expect, test } from '@jest/globals';
import { addressOf, contains, isPublic, parseRange } from './network.ts';

const host = (url: string): string => new URL(url).hostname;

test.each([
  ['127.0.0.0/8', 'http://127.1/', true],
  ['127.0.0.0/8', 'http://0x7f000001/', true],
  ['127.0.0.0/8', 'http://[::ffff:127.0.0.1]/', true],
  ['10.20.0.0/16', 'http://10.20.255.1/', true],
  ['10.20.0.0/16', 'http://10.21.0.1/', false],
  ['10.20.1.5', 'http://10.20.1.5/', true],
  ['fd00::/8', 'http://[fd12:3456::1]/', true],
  ['fd00::/8', 'http://[fe80::1]/', false],
  ['0.0.0.0/0', 'http://[2001:db8::1]/', false],
  ['::/0', 'http://[2001:db8::1]/', true],
])('%s and %s: %s', (range, url, expected) => {
  expect(contains(parseRange(range)!, addressOf(host(url))!)).toBe(expected);
});

test.each([
  '10.20.0.0/33',
  '10.20.0/16',
  'fd00::/129',
  'county.example',
  '10.20.0.0/16/8',
  '10.20.0.256',
  '',
  '1.2.3.4/',
])('%p is no range', (text) => {
  expect(parseRange(text)).toBeUndefined();
});

describe('public', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
    ...['192.0.0.8', '198.18.0.1', '224.0.0.1', '64:ff9b::a00:1', '2002:a00:1::', 'ff02::1'],
  ])('%s is not', (address) => expect(isPublic(addressOf(address)!)).toBe(false));
  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2001:4860:4860::8888'])('%s is', (address) =>
    expect(isPublic(addressOf(address)!)).toBe(true),
  );
  test('a DNS name has no address yet', () => expect(addressOf('county-health.example')).toBeUndefined());
});

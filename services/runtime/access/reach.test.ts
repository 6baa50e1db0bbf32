import { describe, expect, test } from '@jest/globals';
import { Reach } from './reach.ts';

const isAllowed = (address: string, allow: readonly string[]) => new Reach('https:', allow).allows(address);
const isAllowedInClearText = (address: string, allow: readonly string[]) => new Reach('http:', allow).allows(address);

describe('without a list', () => {
  test.each(['8.8.8.8', '93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is public and allowed',
    (address) => {
      expect(isAllowed(address, [])).toBe(true);
    },
  );

  test.each([
    ...['127.0.0.1', '127.8.8.8', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '192.0.0.8', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    ...['::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '64:ff9b::a00:1', '2002:a00:1::'],
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe'], // IPv4 in other clothes
  ])('%s is not', (address) => {
    expect(isAllowed(address, [])).toBe(false);
  });
});

const allow = ['10.20.0.0/16', 'fd12::/32', '192.168.7.7', 'fd99::7'];

describe('a list', () => {
  test.each(['10.20.0.1', '10.20.255.255', '::ffff:10.20.3.4', 'fd12::9', '192.168.7.7', 'fd99::7', '8.8.8.8'])(
    'opens %s',
    (address) => {
      expect(isAllowed(address, allow)).toBe(true);
    },
  );

  test.each(['10.21.0.1', '127.0.0.1', 'fd13::9', '192.168.7.8', 'fd99::8', '::1'])('leaves %s shut', (address) => {
    expect(isAllowed(address, allow)).toBe(false);
  });
});

describe('in clear text', () => {
  test.each(['10.20.0.1', '::ffff:10.20.3.4', 'fd12::9', '192.168.7.7', '93.184.216.34'])('a listed %s', (address) => {
    expect(isAllowedInClearText(address, [...allow, '93.184.216.0/24'])).toBe(true);
  });

  test.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8', '127.0.0.1', '10.21.0.1', '::1', 'fe80::1%eth0'])(
    'never an unlisted %s, whatever else is listed',
    (address) => {
      expect(isAllowedInClearText(address, allow)).toBe(false);
      expect(isAllowedInClearText(address, [])).toBe(false);
    },
  );

  test('a list of everything opens what it says, by family', () => {
    expect(isAllowedInClearText('8.8.8.8', ['0.0.0.0/0'])).toBe(true);
    expect(isAllowedInClearText('2606:4700::1111', ['0.0.0.0/0'])).toBe(false);
  });
});

test('a literal address is judged at once, in every spelling of a URL; a name is not', () => {
  const reach = new Reach('http:', ['10.0.0.0/8']);
  for (const url of [
    'http://8.8.8.8/',
    'http://[::1]/',
    'http://0x7f.1/',
    'http://[::ffff:8.8.8.8]/',
    'http://134744072/',
  ])
    expect(reach.refusalOf(new URL(url).hostname)).toMatchObject({ code: 'ESS_PLAIN_HTTP_REFUSED' });
  expect(reach.refusalOf('10.1.2.3')).toBeUndefined();
  expect(reach.refusalOf('partner.example')).toBeUndefined();
  expect(new Reach('https:', []).refusalOf('10.1.2.3')).toMatchObject({ code: 'ESS_ADDRESS_REFUSED' });
});

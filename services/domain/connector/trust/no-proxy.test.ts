import { expect, test } from '@jest/globals';
import { isExcepted } from './no-proxy.ts';

test.each<readonly [noProxy: string, url: string, is: boolean]>([
  ['', 'https://partner.example/', false],
  ['*', 'https://partner.example/', true],
  ['partner.example', 'https://partner.example/', true],
  ['PARTNER.example', 'https://partner.EXAMPLE/', true],
  ['partner.example', 'https://partner.example./', true],
  ['partner.example', 'https://api.partner.example/', true],
  ['partner.example', 'https://otherpartner.example/', false],
  ['.partner.example', 'https://api.partner.example/', true],
  ['.partner.example', 'https://partner.example/', true],
  ['*.partner.example', 'https://api.partner.example/', true],
  ['*.partner.example', 'https://partner.example/', false],
  ['a.example, partner.example', 'https://partner.example/', true],
  ['a.example partner.example', 'https://partner.example/', true],
  ['partner.example:443', 'https://partner.example/', true],
  ['partner.example:80', 'https://partner.example/', false],
  ['partner.example:80', 'http://partner.example/', true],
  ['partner.example:8443', 'https://partner.example:8443/', true],
  ['*:8443', 'https://partner.example:8443/', true],
  ['10.20.1.5', 'https://10.20.1.5/', true],
  ['10.20.0.0/16', 'https://10.20.1.5:8443/', true],
  ['10.20.0.0/16', 'https://10.21.1.5/', false],
  ['10.20.0.0/16', 'https://partner.example/', false],
  ['20.1.5', 'https://10.20.1.5/', false],
  ['::1', 'https://[::1]/', true],
  ['[::1]', 'https://[::1]/', true],
  ['[::1]:8443', 'https://[::1]:8443/', true],
  ['[::1]:8443', 'https://[::1]/', false],
  ['fd00::/8', 'https://[fd12::1]/', true],
  [',., ,*.,:443', 'https://partner.example/', false],
])('NO_PROXY %p and %s', (noProxy, url, is) => {
  expect(isExcepted(new URL(url), noProxy)).toBe(is);
});

import { expect, test } from '@jest/globals';
import { withRemedy } from './trouble.ts';

test.each([
  ['CERT_REVOKED', 'was withdrawn'],
  ['CERT_REJECTED', 'may not be used for this'],
  ['CERT_UNTRUSTED', 'may not be used for this'],
  ['INVALID_PURPOSE', 'may not be used for this'],
])('%s: the certificate %s', (code, what) => {
  expect(withRemedy(code)).toBe(`${code}: the certificate ${what}: the other side needs another one`);
});

test('a code that needs no explanation stays as it is', () => {
  expect(withRemedy('ECONNREFUSED')).toBe('ECONNREFUSED');
});

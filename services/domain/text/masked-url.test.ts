import { expect, test } from '@jest/globals';
import { maskedPath, maskedUrl, urlSecrets, withoutCredentials } from './masked-url.ts';

test.each([
  ['https://registry.example:8081/apis', 'https://registry.example:8081/apis'],
  ['https://user:pass@registry.example/a/', 'https://***@registry.example/a/'],
  ['https://token@registry.example/', 'https://***@registry.example/'],
  ['https://:pass@registry.example/', 'https://***@registry.example/'],
  ['https://h.example/hook?token=abc&v=1&flag#secret', 'https://h.example/hook?token=***&v=***&***'],
  ['https://h.example/hook?planted-key', 'https://h.example/hook?***'],
  ['https://h.example/hook?a[planted]=1', 'https://h.example/hook?***'],
  ['https://h.example/a;jsessionid=planted/b', 'https://h.example/a;***/b'],
  ['https://h.example/?%6Bey=planted', 'https://h.example/?key=***'],
  ['http://[::1]:8081/?a%20b=c', 'http://[::1]:8081/?a%20b=***'],
  ['redis://user:pass@cache:6379/0', 'redis://***@cache:6379/0'],
  ['https:\\\\user:pass@h.example\\a', '***'],
  ['https://user:pass@h.example:99999/', '***'],
  ['user:pass@h.example:8081', '***'],
  ['registry:8081', 'registry:8081'],
  ['', ''],
])('%s is shown as %s', (text, shown) => {
  expect(maskedUrl(text)).toBe(shown);
});

test('a path is shown without the values of its query', () => {
  expect(maskedPath(new URL('https://h.example/a?sig=x&b'))).toBe('/a?sig=***&***');
  expect(maskedPath(new URL('https://h.example/a'))).toBe('/a');
});

test.each<readonly [url: string, hidden: readonly string[], readable: readonly string[]]>([
  ['https://user:p%40ss-word@h.example/', ['p%40ss-word', 'p@ss-word', btoa('user:p@ss-word')], ['user']],
  ['https://ghp_token@h.example/', ['ghp_token'], []],
  ['https://a-user-that-is-long:pw-long@h.example/', ['a-user-that-is-long', 'pw-long'], []],
  ['https://h.example/?token=abc%2Bdef&mode=production', ['abc%2Bdef', 'abc+def'], ['production']],
  ['https://h.example/?X-Amz-Signature=aa+bb', ['aa+bb', 'aa bb'], []],
  ['https://h.example/?k=0123456789abcdef0123', ['0123456789abcdef0123'], []],
  ['https://h.example/?key=100%', ['100%'], []],
  ['https://h.example/#fragment', ['fragment'], []],
  ['https://user:pass-word@h.example:99999/', ['pass-word'], []],
  ['user:pass-word@h.example:9092', ['pass-word'], []],
  ['no url', [], []],
])('the secrets of %s', (url, hidden, readable) => {
  const found = urlSecrets(url);
  expect(found).toEqual(expect.arrayContaining([...hidden]));
  for (const word of readable) expect(found).not.toContain(word);
});

test('credentials are taken out for a header, as they were before they were percent-encoded', () => {
  expect(withoutCredentials('https://us%40er:p%2Fw@h.example/a?b=c')).toEqual({
    url: 'https://h.example/a?b=c',
    authorization: `Basic ${btoa('us@er:p/w')}`,
  });
  expect(withoutCredentials('https://h.example')).toEqual({ url: 'https://h.example' });
});

test.each([
  ['https://h.example/hook?planted-key-without-value', 'planted-key-without-value'],
  ['https://h.example/?%6Bey=planted', 'planted'],
  ['https://h.example/a;jsessionid=planted-session-id', 'planted-session-id'],
])('of %s the redactor hears %s', (text, secret) => {
  expect(urlSecrets(text)).toContain(secret);
});

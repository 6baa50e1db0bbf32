import { describe, expect, test } from '@jest/globals';
import { maskedRegistry, registryAccess, registrySecrets, registryUrls, shownRegistry } from './registry-access.ts';

const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`;

test.each<readonly [text: string, urls: readonly string[]]>([
  ['http://a:8081', ['http://a:8081']],
  ['http://a:8081,https://b/apis/ccompat/v7', ['http://a:8081', 'https://b/apis/ccompat/v7']],
  [' http://a ,\thttp://b/ , ', ['http://a', 'http://b/']],
  ['http://a:8081,b:8081', ['http://a:8081,b:8081']],
  ['', []],
])('%j holds %j', (text, urls) => expect(registryUrls(text)).toEqual(urls));

test('each address keeps its path and its own user; the others get the one of the settings', () => {
  const { endpoints } = registryAccess('https://k%40y:p%3A%2F%C3%A9@a:8443/schema-registry/,http://b//', {
    username: 'ess',
    password: 'word',
  });
  expect(endpoints).toEqual([
    {
      url: 'https://a:8443/schema-registry',
      shown: 'https://***@a:8443/schema-registry',
      authorization: basic('k@y:p:/é'),
    },
    { url: 'http://b', shown: 'http://b', authorization: basic('ess:word') },
  ]);
});

test('a token goes out as Bearer', () => {
  expect(registryAccess('https://a', { token: 'abc.def' }).endpoints[0]?.authorization).toBe('Bearer abc.def');
});

describe('with several addresses', () => {
  const planted = 'http://u:planted-1@a,https://planted-22222222222@b/x';
  test('no user or password is shown', () => {
    expect(maskedRegistry(planted)).toBe('http://***@a/,https://***@b/x');
    expect(shownRegistry(planted)).toBe('http://***@a, https://***@b/x');
    expect(JSON.stringify(registryAccess(planted))).not.toContain('planted');
  });
  test('all of them are known as secrets', () => {
    expect(registrySecrets(planted)).toEqual(
      expect.arrayContaining(['planted-1', 'planted-22222222222', basic('u:planted-1').slice('Basic '.length)]),
    );
  });
});

import { expect, test } from '@jest/globals';
import { isLoopback, openToAll } from './console-settings.ts';
import { loadSettings } from './settings.ts';

const OIDC = {
  ESS_CONSOLE_OIDC_ISSUER: 'https://issuer.example',
  ESS_CONSOLE_OIDC_CLIENT_ID: 'ess',
  ESS_CONSOLE_PUBLIC_URL: 'https://console.example/',
  ESS_CONSOLE_RIGHTS: 'rights.yaml',
};

test('an issuer sends people back below the public address, and what belongs together is asked for together', () => {
  const { access } = loadSettings(OIDC, '').console;
  expect([access.publicUrl, access.oidc]).toEqual([
    'https://console.example',
    {
      issuer: 'https://issuer.example',
      clientId: 'ess',
      redirectUrl: 'https://console.example/sign-in/back',
      scope: 'openid profile email',
      nameClaim: 'email',
    },
  ]);
  const refusals: Array<[NodeJS.ProcessEnv, RegExp]> = [
    [{ ...OIDC, ESS_CONSOLE_RIGHTS: '' }, /ESS_CONSOLE_RIGHTS must be set/],
    [{ ...OIDC, ESS_CONSOLE_OIDC_CLIENT_ID: '' }, /CLIENT_ID must be set together/],
    [{ ...OIDC, ESS_CONSOLE_PUBLIC_URL: '' }, /ESS_CONSOLE_PUBLIC_URL must be set/],
    [{ ESS_CONSOLE_RIGHTS: 'rights.yaml' }, /nobody can sign in/],
    [{ ESS_CONSOLE_TOKENS: 'tokens.yaml' }, /ESS_CONSOLE_RIGHTS must be set/],
    [{ ESS_CONSOLE_KEYS: 'short' }, /16 bytes or more/],
    [{ ESS_CONSOLE_TLS_CERT: '-----BEGIN CERTIFICATE-----' }, /must be set together/],
    [{ ...OIDC, ESS_CONSOLE_OIDC_ISSUER: 'http://issuer.example' }, /must be an https URL/],
  ];
  for (const [env, said] of refusals) expect(() => loadSettings(env, '')).toThrow(said);
});

test('the console listens where others reach it only when they have to sign in', () => {
  const { access } = loadSettings({}, '').console;
  const loopback = ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '0:0:0:0:0:0:0:1'];
  const others = ['0.0.0.0', '::', '10.0.0.1', '127.evil.example', '::ffff:0.0.0.0', '', 'console.example', '::11'];
  expect(loopback.filter((host) => !isLoopback(host))).toEqual([]);
  expect(others.filter(isLoopback)).toEqual([]);
  for (const host of others) {
    expect(openToAll(host, access)).toContain('ESS_CONSOLE_TOKENS');
    expect(openToAll(host, { ...access, tokens: 'tokens.yaml' })).toBeUndefined();
    expect(openToAll(host, { ...access, ...loadSettings(OIDC, '').console.access })).toBeUndefined();
  }
  const near = ['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080'];
  for (const publicUrl of near) expect(openToAll('127.0.0.1', { ...access, publicUrl })).toBeUndefined();
  for (const [more, said] of [
    [{ publicUrl: 'https://console.example' }, 'ESS_CONSOLE_PUBLIC_URL'],
    [{ proxies: ['10.0.0.0/8'] }, 'ESS_CONSOLE_PROXIES'],
  ] as const) {
    expect(openToAll('127.0.0.1', { ...access, ...more })).toContain(said);
    expect(openToAll('127.0.0.1', { ...access, ...more, tokens: 'tokens.yaml' })).toBeUndefined();
  }
});

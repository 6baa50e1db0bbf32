// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// What a connector may say of certificates, proxies and tokens, and what is told of what it may not.
import { generateKeyPairSync } from 'node:crypto';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { describe, expect, test } from '@jest/globals';
import { formatProblem } from '../../text/problem.ts';
import { compileConnector } from '../compile.ts';
import type { Deliver } from '../connector.ts';

const pem = (key: { export(options: object): string | Buffer }, more = {}) =>
  String(key.export({ type: 'pkcs8', format: 'pem', ...more }));
const own = issueCertificate({ commonName: 'ess' });
const other = issueCertificate({ commonName: 'other' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;
const ENV: Record<string, string> = {
  COUNTY_CA: other.cert + own.cert,
  COUNTY_CERT: own.cert,
  COUNTY_KEY: own.key,
  COUNTY_RSA: pem(rsa),
  COUNTY_ED: pem(ed),
  COUNTY_X: pem(generateKeyPairSync('x25519').privateKey),
  COUNTY_LOCKED: pem(rsa, { cipher: 'aes-256-cbc', passphrase: 'planted' }),
  COUNTY_BROKEN: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  COUNTY_SECRET: 'planted-secret',
  COUNTY_PROXY: 'http://ess:planted%40pass@proxy.example:3128',
  COUNTY_SOCKS: 'socks5://proxy.example:1080',
};
const OTHERS = { HTTPS_PROXY: 'http://ess:planted-pass@proxy.example:3128/', no_proxy: 'token.example' };

function compile(
  deliver: string,
  env = ENV,
  url = 'https://partner.example/rules',
): { deliver: Deliver; problems: string[]; secrets: readonly string[] } {
  const yaml = `partner: county\nsource: { topic: rules }\nmapping: mapping.json\ndeliver:\n  url: ${url}\n${deliver}`;
  const files = new Map([
    ['connector.yaml', yaml],
    ['mapping.json', '{ "fields": { "minIcuBeds": "bedCap" } }'],
  ]);
  const { connector, problems } = compileConnector(
    { path: 'c', partner: 'county', files },
    { env: (name) => env[name], sourceSchema: findSubject },
  );
  const told = problems.map((problem) => formatProblem(problem).replace('c/connector.yaml:', ''));
  expect(told.join()).not.toMatch(/planted|PRIVATE/);
  return { deliver: connector?.deliver as Deliver, problems: told, secrets: connector?.secrets ?? [] };
}

describe('deliver.tls', () => {
  test('a CA alone is enough', () => {
    const { deliver, problems } = compile('  tls: { ca: "${COUNTY_CA}" }');
    expect([problems, deliver.tls]).toEqual([[], { ca: ENV['COUNTY_CA'] }]);
  });

  test('auth.mtls is another name of it', () => {
    const mtls = '{ cert: "${COUNTY_CERT}", key: "${COUNTY_KEY}", ca: "${COUNTY_CA}" }';
    const [old, today] = [compile(`  auth: { mtls: ${mtls} }`), compile(`  tls: ${mtls}`)];
    expect(old.problems).toEqual([]);
    expect(old.deliver.tls).toEqual(today.deliver.tls);
    expect(today.deliver.tls).toEqual({ ca: ENV['COUNTY_CA'], cert: own.cert, key: own.key });
    expect(today.secrets).toContain(own.key);
  });

  test.each([
    [
      '{ cert: "${COUNTY_CERT}", key: "/etc/key.pem" }',
      '6 deliver.tls.key: names no variable (write "${…_KEY}", and set …_KEY_FILE to the path of the .pem file)',
    ],
    [
      '{ cert: "${COUNTY_CERT}" }',
      '6 deliver.tls.cert: has no key (add key: "${…_KEY}", the private key of this certificate)',
    ],
    [
      '{ key: "${COUNTY_KEY}" }',
      '6 deliver.tls.key: has no certificate (add cert: "${…_CERT}", the certificate of this key)',
    ],
    [
      '{ cert: "${COUNTY_CERT}", key: "${COUNTY_RSA}" }',
      '6 deliver.tls.key: is not the key of the certificate in cert (name the key that the first certificate was made for)',
    ],
    [
      '{ cert: "${COUNTY_CERT}", key: "${COUNTY_LOCKED}" }',
      '6 deliver.tls.key: is encrypted with a passphrase, which nobody can type here (decrypt it with openssl pkey -in KEY -out PLAIN, and let only this user read the file)',
    ],
    [
      '{ ca: "${COUNTY_SECRET}" }',
      '6 deliver.tls.ca: is not a PEM text (name a variable, and set its _FILE form to the path of the .pem file)',
    ],
    [
      '{ ca: "${COUNTY_KEY}" }',
      '6 deliver.tls.ca: holds no certificate (it begins with -----BEGIN CERTIFICATE-----: is this the right file?)',
    ],
    ['{ ca: "${COUNTY_BROKEN}" }', '6 deliver.tls.ca: certificate 1 of 1 cannot be read (copy it again, whole)'],
    [
      '{ ca: "${COUNTY_CA}", servername: 10.1.2.3 }',
      '6 deliver.tls.servername: is not the name of a host (write the DNS name that stands in the certificate, e.g. partner.example; TLS knows no addresses here)',
    ],
    [
      '{ minVersion: TLSv1.1 }',
      '6 deliver.tls.minVersion: "TLSv1.1" is not one of the choices (did you mean "TLSv1.2"?)',
    ],
    [
      '{ ca: "${COUNTY_CA}" }\n  auth: { mtls: { cert: "${COUNTY_CERT}", key: "${COUNTY_KEY}" } }',
      '7 deliver.auth.mtls: deliver.tls is there too (move what is here to deliver.tls, and leave this out)',
    ],
  ])('%s', (tls, told) => {
    expect(compile(`  tls: ${tls}`).problems).toEqual([told]);
  });
});

test('deliver.tls of a partner that speaks none is told', () => {
  const { problems } = compile('  tls: { ca: "${COUNTY_CA}" }', ENV, 'http://10.20.1.5/rules\n  allow: [10.20.0.0/16]');
  expect(problems).toEqual([
    '7 deliver.tls: has nothing to work on: the url is plain http (use https in the url, or leave tls out)',
  ]);
});

describe('deliver.proxy', () => {
  test('its user and password are known for redaction, and not in its URL', () => {
    const { deliver, problems, secrets } = compile('  proxy: "${COUNTY_PROXY}"\n  allow: [10.0.0.0/8]');
    expect(problems).toEqual([]);
    const authorization = `Basic ${btoa('ess:planted@pass')}`;
    expect(deliver.proxy).toEqual({ url: 'http://proxy.example:3128', authorization, isJudged: true });
    expect(secrets).toEqual(expect.arrayContaining(['planted%40pass', 'planted@pass', btoa('ess:planted@pass')]));
  });

  test('environment takes what the variables say of each URL', () => {
    const auth =
      '  auth: { oauth2ClientCredentials: { tokenUrl: "https://token.example/", clientId: ess, clientSecret: "${COUNTY_SECRET}" } }';
    const { deliver, problems, secrets } = compile(`  proxy: environment\n${auth}`, { ...ENV, ...OTHERS });
    expect(problems).toEqual([]);
    expect(deliver.proxy).toMatchObject({ url: 'http://proxy.example:3128', isJudged: false });
    expect(deliver).not.toHaveProperty('tokenProxy');
    expect(secrets).toContain('planted-pass');
    expect(compile(`  proxy: environment\n${auth}`).deliver).not.toHaveProperty('proxy');
    expect(compile(`  proxy: environment`, { ...ENV, https_proxy: 'proxy.example:1' }).deliver.proxy?.url).toBe(
      'http://proxy.example:1',
    );
    expect(compile(auth, { ...ENV, ...OTHERS }).deliver).not.toHaveProperty('proxy');
  });

  const REMEDY = 'write http://host:port or https://host:port; %40, %3A and %2F stand for @, : and / in a password';
  test.each([
    [
      '"http://ess:planted@proxy.example:3128"\n  allow: [10.0.0.0/8]',
      '6 deliver.proxy: a password is written into the file (put the URL into the environment and write "${…_PROXY}" here; then change the password, it has been seen)',
    ],
    ['proxy.example:3128', `6 deliver.proxy: is not the URL of a proxy (${REMEDY})`],
    ['"${COUNTY_SOCKS}"', `6 deliver.proxy: names a proxy of another kind than http or https (${REMEDY})`],
    ['https://proxy.example/path', `6 deliver.proxy: holds more than a host and a port (${REMEDY})`],
    [
      'http://10.1.2.3:3128',
      '6 deliver.proxy: plain http is allowed only to listed networks (use https, or add "10.1.2.3/32" to deliver.allow)',
    ],
    ['https://10.1.2.3:3128', '6 deliver.proxy: 10.1.2.3 is not a public address (add "10.1.2.3/32" to deliver.allow)'],
    [
      '"${OTHER_PROXY}"',
      '6 deliver.proxy: OTHER_PROXY does not belong to this partner (name a variable that starts with COUNTY_, e.g. ${COUNTY_PROXY})',
    ],
  ])('%s', (proxy, told) => {
    expect(compile(`  proxy: ${proxy}`).problems).toEqual([told]);
  });

  test('of the environment that is none is told with the name of its variable', () => {
    const { problems } = compile('  proxy: environment', { ...ENV, HTTPS_PROXY: 'socks5://proxy.example' });
    expect(problems).toEqual([
      `6 deliver.proxy: HTTPS_PROXY names a proxy of another kind than http or https (${REMEDY})`,
    ]);
  });
});

describe('oauth2ClientCredentials', () => {
  const oauth = (fields: string) =>
    compile(`  auth: { oauth2ClientCredentials: { tokenUrl: "https://token.example/t", clientId: ess, ${fields} } }`);
  const SECRET = 'clientSecret: "${COUNTY_SECRET}"';

  test('audience, resource and parameters', () => {
    const { deliver, problems, secrets } = oauth(
      `${SECRET}, audience: a, resource: "https://a.example/", parameters: { tenant: "42", pin: "\${COUNTY_SECRET}" }, authentication: post`,
    );
    expect(problems).toEqual([]);
    expect(deliver.auth.oauth2ClientCredentials).toMatchObject({
      authentication: 'post',
      audience: 'a',
      resource: ['https://a.example/'],
      parameters: { tenant: '42', pin: 'planted-secret' },
    });
    expect(secrets).toContain('planted-secret');
    expect(oauth(SECRET).deliver.auth.oauth2ClientCredentials).toEqual({
      tokenUrl: 'https://token.example/t',
      clientId: 'ess',
      authentication: 'basic',
      clientSecret: 'planted-secret',
    });
  });

  test.each([
    ['privateKey: "${COUNTY_RSA}"', 'RS256'],
    ['privateKey: "${COUNTY_RSA}", algorithm: PS512', 'PS512'],
    ['privateKey: "${COUNTY_KEY}"', 'ES256'],
    ['privateKey: "${COUNTY_ED}"', 'EdDSA'],
  ])('%s signs with %s', (fields, algorithm) => {
    const { deliver, problems } = oauth(`authentication: privateKeyJwt, keyId: k1, ${fields}`);
    expect(problems).toEqual([]);
    const assertion = { algorithm, keyId: 'k1', audience: 'https://token.example/t' };
    expect(deliver.auth.oauth2ClientCredentials).toMatchObject({ assertion });
  });

  const AT = '6 deliver.auth.oauth2ClientCredentials';
  test.each([
    ['scope: x', `${AT}.clientSecret: is missing (add it, or set authentication: privateKeyJwt and privateKey)`],
    [`${SECRET}, keyId: k`, `${AT}.keyId: is not used with basic (leave it out, or set authentication: privateKeyJwt)`],
    ['authentication: privateKeyJwt', `${AT}.privateKey: is missing (add it: privateKeyJwt signs with it)`],
    [
      `${SECRET}, authentication: privateKeyJwt, privateKey: "\${COUNTY_RSA}"`,
      `${AT}.clientSecret: is not used with privateKeyJwt (leave it out: the key takes its place)`,
    ],
    [
      'authentication: privateKeyJwt, privateKey: "${COUNTY_CERT}"',
      `${AT}.privateKey: is not a private key that can be read (its value is not shown here) (name the .pem file of it)`,
    ],
    [
      'authentication: privateKeyJwt, privateKey: "${COUNTY_X}"',
      `${AT}.privateKey: is a key that no signature of a JWT is made with (make one of RSA, P-256 or Ed25519)`,
    ],
    [
      'authentication: privateKeyJwt, privateKey: "${COUNTY_KEY}", algorithm: RS256',
      `${AT}.algorithm: RS256 does not fit the key (use ES256, or another key)`,
    ],
    [
      `${SECRET}, authentication: bassic`,
      `${AT}.authentication: "bassic" is not one of the choices (did you mean "basic"?)`,
    ],
    [
      `${SECRET}, resource: [api]`,
      `${AT}.resource[0]: is not an absolute URI without a fragment (write it as the provider names it, e.g. https://partner.example/api)`,
    ],
    [
      `${SECRET}, parameters: { scope: x }`,
      `${AT}.parameters.scope: scope is not an extra parameter (ESS sets it, from the field of oauth2ClientCredentials that is made for it)`,
    ],
  ])('%s', (fields, told) => {
    expect(oauth(fields).problems).toEqual([told]);
  });
});

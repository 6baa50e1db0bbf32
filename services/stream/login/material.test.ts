// Certificates and passwords in files: what stands there now counts, and what cannot be used does not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { afterAll, expect, test } from '@jest/globals';
import { TlsMaterial, textNow } from './material.ts';

const folder = mkdtempSync(join(tmpdir(), 'ess-material-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return { text, file };
};

test('a password is read again each time, without its line end; while the file is away or empty the first one counts', () => {
  const password = put('password', 'first');
  writeFileSync(password.file, 'second\r\n');
  expect(textNow(password)).toBe('second');
  writeFileSync(password.file, '');
  expect(textNow(password)).toBe('first');
  rmSync(password.file);
  expect(textNow(password)).toBe('first');
  expect(textNow({ text: 'given' })).toBe('given');
});

test('a new certificate is taken with its key, and not before its key is there', () => {
  const [one, two] = [issueCertificate({ commonName: 'one' }), issueCertificate({ commonName: 'two' })];
  const [cert, key] = [put('cert', one.cert), put('key', one.key)];
  const material = new TlsMaterial({ cert, key });
  const first = material.now();
  expect(material.now()).toBe(first);
  writeFileSync(cert.file, two.cert);
  expect(material.now()).toBe(first);
  writeFileSync(key.file, two.key);
  const second = material.now();
  expect(second).not.toBe(first);
  writeFileSync(cert.file, 'nonsense');
  expect(material.now()).toBe(second);
});

test('what was never good is refused with what is wrong', () => {
  expect(() => new TlsMaterial({ cert: { text: 'nonsense' }, key: { text: 'nonsense' } }).now()).toThrow();
});

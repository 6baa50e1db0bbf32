import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { loadSettings } from './settings.ts';
import { settingsLog } from './settings-log.ts';

test('the password of Kafka, TLS keys and keys of cursors pass in no field and no message', () => {
  const planted = (what: string) => `planted-${what}-${randomBytes(12).toString('hex')}`;
  const pem = `-----BEGIN PRIVATE KEY-----\n${planted('pem')}\n-----END PRIVATE KEY-----`;
  const certificate = pem.replaceAll('PRIVATE KEY', 'CERTIFICATE');
  const [password, cursor, older] = [planted('password'), planted('cursor'), planted('older-cursor')];
  const settings = loadSettings(
    {
      KAFKA_SSL: 'true',
      KAFKA_SSL_CERT: certificate,
      KAFKA_SSL_KEY: pem,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'ess',
      KAFKA_SASL_PASSWORD: password,
      ESS_BRIDGE_TLS_CERT: certificate,
      ESS_BRIDGE_TLS_KEY: pem.replace('pem', 'bridge'),
      ESS_CURSOR_KEYS: `${cursor}, ${older}`,
    },
    '',
  );
  const lines: string[] = [];
  const { log } = settingsLog('test', settings, { pretty: false, write: (line) => lines.push(line) });
  for (const secret of [pem, pem.replace('pem', 'bridge'), password, cursor, older]) {
    log.info({ ruleId: secret, deep: { list: [secret] } }, `said of ${secret}`);
    log
      .child({ partner: secret })
      .error({ error: String(new Error(`answer: {"a":${JSON.stringify(secret)}}`)) }, secret);
  }
  expect(lines).toHaveLength(10);
  expect(lines.join('')).toContain('[secret]');
  expect(lines.filter((line) => line.includes('planted'))).toEqual([]);
});

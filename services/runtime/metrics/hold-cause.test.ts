import { expect, test } from '@jest/globals';
import { HOLD_CAUSES, holdCause } from './hold-cause.ts';

test.each([
  ['CERT_HAS_EXPIRED: the certificate has expired: the other side has to renew it', 'certificateExpired'],
  ['token endpoint does not answer: CERT_HAS_EXPIRED: the certificate has expired', 'certificateExpired'],
  ['ERR_SSL_TLSV1_ALERT_CERTIFICATE_EXPIRED: our client certificate has expired', 'certificateExpired'],
  ['SELF_SIGNED_CERT_IN_CHAIN: its authority is not known here', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE: its authority', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID: the certificate is for other names', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER: it speaks no TLS at this port', 'tls'],
  ['CERT_NOT_YET_VALID: the certificate is not valid yet', 'tls'],
  ['status-401', 'credentials'],
  ['status-403', 'credentials'],
  ['token endpoint answered 400: invalid_client', 'credentials'],
  ['too many records refused in a row, last: status-422', 'records'],
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['status-503', 'server'],
  ['status-429', 'server'],
  ['status-404', 'request'],
  ['status-302', 'request'],
  ['status-422', 'request'],
  ['ECONNREFUSED', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['ESS_PROXY_UNREACHABLE: the proxy is not reached', 'unreachable'],
  ['what came is no HTTP: it begins with a blank line', 'answer'],
  ['answered 207 to a batch, which says of each record what became of it', 'answer'],
  ['', 'answer'],
])('%s is told as %s', (reason, cause) => {
  expect(holdCause(reason)).toBe(cause);
});

test('whatever the reason is, the cause is one of the few', () => {
  for (const status of [100, 207, 299, 399, 499, 599])
    expect(HOLD_CAUSES).toHaveProperty(holdCause(`status-${status}`));
});

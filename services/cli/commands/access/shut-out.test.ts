// Who grants rights must be able to take them away again.
import { expect, test } from '@jest/globals';
import { refuseToShutOut } from './shut-out.ts';

const brokers = ['127.0.0.1:9092'];
const alter = { resource: 'cluster', name: 'kafka-cluster', operation: 'Alter', prefixed: false } as const;

test('whoever is nobody does not grant rights, which would shut out everybody who is nobody', () => {
  const others = [{ user: 'ess-worker', ...alter }];
  expect(() => refuseToShutOut({ brokers, tls: {} }, others)).toThrow(/User:ANONYMOUS.*Log in as an administrator/);
});

test('a user, a certificate, and nobody with the right to grant may', () => {
  const [password, material] = [{ text: 'secret' }, { text: 'PEM' }];
  refuseToShutOut({ brokers, sasl: { mechanism: 'plain', username: 'ess-admin', password } }, []);
  refuseToShutOut({ brokers, tls: { cert: material, key: material } }, []);
  refuseToShutOut({ brokers }, [{ user: 'ANONYMOUS', ...alter }]);
});

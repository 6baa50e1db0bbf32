// How to enter a secured local stack.
import { readFileSync } from 'node:fs';
import type { KafkaAccess } from '@ess/domain/stream/kafka-access.ts';
import type { SecuredStack, Stack } from '@ess/infra/local/stack.ts';

/** By certificate, before anybody has a password. */
export const adminAccess = ({ mutual, ca, adminCert, adminKey }: SecuredStack): KafkaAccess => {
  const [authority, cert, key] = [ca, adminCert, adminKey].map((file) => ({ text: readFileSync(file, 'utf8'), file }));
  return { brokers: mutual, tls: { ca: authority!, cert: cert!, key: key! } };
};

/** As one of its users. */
export const userAccess = (stack: Stack, user: string): KafkaAccess => {
  const { ca, passwordOf } = stack.secured as SecuredStack;
  const password = { text: passwordOf(user) };
  return {
    brokers: stack.brokers,
    tls: { ca: { text: readFileSync(ca, 'utf8') } },
    sasl: { mechanism: 'scram-sha-512', username: user, password },
  };
};

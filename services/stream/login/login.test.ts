import { once } from 'node:events';
import { freePort } from '@ess/test/harness/free-port.ts';
import { expect, test } from '@jest/globals';
import { loginOf } from './login.ts';

test('a connection that is gone may be left once for each request that failed on it: nobody is warned of a leak', async () => {
  const { socketFactory } = loginOf({ brokers: [] }, { warn: () => undefined });
  const nothing = () => undefined;
  const socket = socketFactory({ host: '127.0.0.1', port: await freePort(), ssl: {}, onConnect: nothing });
  await once(socket, 'error');
  for (let request = 0; request < 20; request += 1) socket.unref(); // as kafkajs does
  expect(socket.listenerCount('connect')).toBeGreaterThan(10);
  expect(socket.getMaxListeners()).toBe(0);
});

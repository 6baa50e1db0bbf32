import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import { prepareSecured, securedProperties } from './secured.ts';

const folder = temporaryFolder({ defer: afterAll });

test('brokers are known at the address at which others reach them, and take certificates on this machine alone', () => {
  const files = prepareSecured(folder, '192.0.2.7');
  const certificate = new X509Certificate(readFileSync(files.broker));
  const addresses = ['192.0.2.7', '127.0.0.1', '192.0.2.8'].map((address) => certificate.checkIP(address));
  expect(addresses).toEqual(['192.0.2.7', '127.0.0.1', undefined]);
  expect(securedProperties(files, '192.0.2.7', { client: 1, mutual: 2, controller: 3 })).toMatchObject({
    listeners: 'SECURED://0.0.0.0:1,MUTUAL://127.0.0.1:2,CONTROLLER://127.0.0.1:3',
    'advertised.listeners': 'SECURED://192.0.2.7:1,MUTUAL://127.0.0.1:2',
  });
});

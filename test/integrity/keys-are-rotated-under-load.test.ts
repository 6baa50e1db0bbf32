// Passwords, certificates and the authority itself are exchanged while rules flow: nothing is lost, order holds, and nobody leaves the
// group for it. One worker comes with a password, one with a certificate. Only in full: it restarts a broker of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { letUsersIn } from '@ess/cli/commands/access/secured-users.ts';
import type { Authority } from '@ess/infra/demo/certificate.ts';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { LOCAL_ADMIN, passwordFile, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { putScramUsers } from '@ess/stream/access/scram-users.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL } from '../harness/results.ts';
import { securedTestStack } from '../harness/secured/secured-stack.ts';
import { judge } from '../judges/delivery-checker.ts';

const inFull = FULL ? test : test.skip;
const YEAR_MS = 365 * 86_400_000;
const WORKER = 'ess-worker';
/** The broker asks for the password again after at most so long. */
const REAUTHENTICATED_MS = 5_000;

inFull('a password, a certificate and the authority are rotated under load', async () => {
  await using cleanup = new Cleanup();
  const untilMs = Date.now() + YEAR_MS;
  const [before, after] = ['before', 'after'].map((commonName) => issueCertificate({ commonName, untilMs })) as [
    Authority,
    Authority,
  ];
  const stack = await securedTestStack(cleanup, {
    brokerSettings: { 'connections.max.reauth.ms': String(REAUTHENTICATED_MS) },
    prepare(folder) {
      // Both are trusted already, as they are in a rotation.
      writeFileSync(join(folder, 'ca.pem'), before.cert + after.cert);
      writeFileSync(join(folder, 'ca-key.pem'), before.key);
    },
  });
  const { kafka, log, secured } = stack;
  const { folder } = secured;
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner);
  await letUsersIn(secured, line.connectors, log);

  const put = (user: string, { cert, key }: { cert: string; key: string }) => {
    writeFileSync(join(folder, `${user}-client.pem`), cert);
    writeFileSync(join(folder, `${user}-client-key.pem`), key);
  };
  put(WORKER, issueCertificate({ commonName: WORKER, issuer: before, untilMs }));
  const byPassword = line.spawn(securedEnv(folder, WORKER));
  const byCertificate = line.spawn({
    KAFKA_BROKERS: secured.mutual.join(','),
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: secured.ca,
    KAFKA_SSL_CERT_FILE: join(folder, `${WORKER}-client.pem`),
    KAFKA_SSL_KEY_FILE: join(folder, `${WORKER}-client-key.pem`),
  });
  await line.stable(2);
  const load = steadyLoad(line.source, { perSecond: 50, keys: 40 });
  const flows = () => {
    const from = partner.received.length;
    return partner.until((received) => received.length > from + 200);
  };
  await flows();
  const assignments = () => [byPassword, byCertificate].map((worker) => worker.count('partitions.assigned'));
  const atFirst = assignments();

  // The worst order: Kafka knows it first, and the worker learns of it when it has been refused.
  await putScramUsers(kafka, [{ name: WORKER, password: 'the next one' }]);
  await byPassword.logged('kafka.refused', ({ error }) => String(error).includes(`does not let User:${WORKER} in`));
  writeFileSync(passwordFile(folder, WORKER), 'the next one\n');
  await flows();

  // Everything is signed anew, and the brokers trust nothing older any more.
  put(WORKER, issueCertificate({ commonName: WORKER, issuer: after, untilMs }));
  const ofAdmin = issueCertificate({ commonName: LOCAL_ADMIN, issuer: after, untilMs });
  writeFileSync(secured.adminCert, ofAdmin.cert);
  writeFileSync(secured.adminKey, ofAdmin.key);
  const ofBroker = issueCertificate({ commonName: 'ess-broker', issuer: after, untilMs });
  writeFileSync(secured.broker, ofBroker.key + ofBroker.cert);
  writeFileSync(secured.ca, after.cert);
  const [broker] = stack.processes.kafka;
  await broker?.kill('SIGTERM');
  await broker?.start();
  await flows();
  const rules = await load.stop();
  await line.drained();

  const verdict = judge(rules, partner.received, await line.audit());
  expect(verdict).toMatchObject({ published: rules.length, lost: [], outOfOrder: [], unaudited: [] });
  const more = assignments().map((count, index) => count - (atFirst[index] ?? 0));
  expect(Math.max(...more)).toBeLessThanOrEqual(1);
  expect([byPassword.ended, byCertificate.ended]).toEqual([undefined, undefined]);
});

// `npm run test:kubernetes`: the manifests of infra/k8s on a real Kubernetes of one node, with the image of infra/docker; a secured Kafka,
// registry and partners are outside. Judged is what the partner got: nothing is lost and every rule comes in order, whatever is done to
// the pods. All is stopped at the end.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeManifests } from '@ess/cli/commands/k8s/manifests.ts';
import type { LatencyTold } from '@ess/cli/commands/latency/latency-ledger.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { Checks, equal } from '../containers/checks.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { judge } from '../judges/delivery-checker.ts';
import { Cluster, NODE, SERVICES } from './cluster.ts';
import { dockerImage } from './docker-image.ts';
import { essImage } from './image.ts';
import { IMAGE, Installation } from './installation.ts';
import { carryOutPolicies } from './policies.ts';
import { NotToBeHad } from './tools.ts';
import { validate } from './validate.ts';

const LOAD = { perSecond: 200, keys: 200 };
/** Kafka asks each connection again who it is: a password that was taken away serves nobody for longer. */
const REAUTHENTICATED = { 'connections.max.reauth.ms': '10000' };
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort(new Error('stopped')));
const checks = new Checks(stopping.signal);

async function main(): Promise<void> {
  await using cleanup = new Cleanup();
  const defer = (step: () => unknown): void => cleanup.defer(step);
  checks.title('without a cluster');
  await orLeftOut('the manifests are valid', async () => {
    // Those of the repository have addresses alone, and a partner with a name other policies.
    const out = temporaryFolder(cleanup);
    writeManifests({
      out,
      connectors: join(REPOSITORY, 'connectors'),
      set: ['HOSPITAL_URL=https://county.example/beds'],
    });
    const wrong = (await validate()) + (await validate(out));
    if (wrong > 0) throw new Error(`${wrong} overlays are not valid, see above`);
  });
  checks.title('a cluster of one node');
  const cluster = await orLeftOut('it is up', () => Cluster.start());
  if (!cluster) return;
  defer(() => cluster[Symbol.asyncDispose]());
  const { folder, address } = cluster;
  const policies = await orLeftOut('network policies are carried out', () => carryOutPolicies(folder, NODE, SERVICES));
  if (policies) defer(() => policies[Symbol.asyncDispose]());
  const isDockers = await orLeftOut('the image of infra/docker is built and in the node', async () => {
    await cluster.load(await dockerImage(folder, IMAGE, stopping.signal));
    return true;
  });
  if (isDockers === undefined)
    await checks.that('an image of what lies here is in the node instead', async () =>
      cluster.load(await essImage(folder, IMAGE)),
    );
  const kind = { host: address, secured: true, brokerSettings: REAUTHENTICATED };
  const stack = await ownTestStack(1, false, kind);
  defer(() => stack[Symbol.asyncDispose]());
  await scenario(await Installation.prepare(cluster, stack, defer), policies !== undefined);
}

/** What cannot be had here is told, and is no failure. */
async function orLeftOut<T>(what: string, step: () => Promise<T>): Promise<T | undefined> {
  const made = step();
  try {
    await made;
  } catch (error) {
    if (error instanceof NotToBeHad) return void checks.leftOut(what, error.message);
  }
  return (await checks.that(what, () => made)) ? made : undefined;
}

/** @param bounded network policies are carried out */
async function scenario(place: Installation, bounded: boolean): Promise<void> {
  const { line, partner, hospital } = place;
  const all = async () => place.rolledOut(...(await place.deployments()));
  await checks.that('each program has a user, with the rights that it needs and no other', () => place.letIn());
  await checks.that('the API server takes every field of the manifests', () => place.apply());
  if (!(await checks.that('workers, bridge, doors, observer and console become ready', all))) return;

  await checks.that('it takes those of KEDA, the Prometheus operator and a Kafka without users too', () =>
    place.applyOthers(),
  );

  await checks.that('the wildfire rule arrives at the hospital, with its secret', async () => {
    await place.ess(['publish', 'infra/demo/wildfire.json']);
    await hospital.until((received) => received.some(({ body }) => body['token'] === 'first-secret'));
  });
  await checks.that('bridge and doors answer behind their Services', async () => {
    const bridge = await fetch(`${await place.addressOf('ess-bridge')}/stream`);
    const door = await fetch(`${await place.addressOf('ess-inbound')}/webhook/bedChange`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    if (bridge.status !== 401 || door.status !== 401)
      throw new Error(`${bridge.status} and ${door.status}, expected 401`);
  });

  if (bounded)
    await checks.that('a worker reaches its own partner and no other, the bridge none', async () => {
      const asked = [place.worker, 'ess-worker-hospital', 'ess-bridge'].flatMap((name) =>
        [partner, hospital].map(({ url }) => place.reaches(name, url)),
      );
      equal(await Promise.all(asked), [true, false, false, true, false, false]);
    });

  checks.title(`under ${LOAD.perSecond} rules/s`);
  const load = steadyLoad(line.source, LOAD);
  await checks.that('a worker is scaled from 1 to 3 and to 2', async () => {
    await place.flows();
    await place.scale(3);
    await place.flows();
    await place.scale(2);
    await place.flows();
  });
  await checks.that('every Deployment is rolled out anew', async () => {
    for (const deployment of await place.deployments()) await place.kubectl('rollout', 'restart', deployment);
    await all();
    await place.flows();
  });
  await checks.that('a pod is deleted, and another comes', async () => {
    const [pod] = await place.pods(place.worker);
    await place.kubectl('delete', 'pod', pod?.metadata.name ?? '', '--wait=false');
    await place.flows();
    await all();
  });
  await checks.that('a drain takes one pod of a program at a time, and stops where the next must not go', async () => {
    const drained = await drain(place);
    if (!/violate the pod's disruption budget/.test(drained))
      throw new Error(`nothing kept the second pod:\n${drained}`);
    if ((await place.pods(place.worker)).length !== 2) throw new Error('the worker has not its pods');
    await place.cluster.kubectl('uncordon', 'node1');
    await all();
    await place.flows();
  });
  await checks.that('a connector that changes in its ConfigMap is taken up without a restart', async () => {
    const before = await place.pods(place.worker);
    line.connect(partner.url, { mapping: { fields: { ruleId: 'ruleId', version: 'version', title: 'called' } } });
    await place.apply();
    await partner.until((received) => received.at(-1)?.body['called'] !== undefined);
    await place.sameAs(before, place.worker);
  });
  await checks.that('a secret that changes is taken up without a restart', async () => {
    const before = await place.pods('ess-worker-hospital');
    await place.hospitalSecret('second-secret');
    for (let version = 2; !hospital.received.some(({ body }) => body['token'] === 'second-secret'); version += 1) {
      await place.ess(['publish', ruleFile(place, version)]);
    }
    await place.sameAs(before, 'ess-worker-hospital');
  });
  await checks.that('no program was refused anything, and no log tells a secret', async () => {
    const logs = await place.logs();
    const refused = logs.split('\n').filter((one) => /kafka\.refused|Kafka refuses/.test(one));
    if (refused.length > 0) throw new Error(refused.slice(0, 5).join('\n'));
    if (place.secrets.values().some((secret) => logs.includes(secret))) throw new Error('a log tells a secret');
  });
  await checks.that(
    'no probe ended a program, and each that was told to stop did so in its grace, with 0',
    async () => {
      const codes = place.cluster.exitCodes;
      if (codes.length === 0 || codes.some((code) => code !== 0)) throw new Error(`exit codes: ${codes.join(', ')}`);
      const begun = (await place.pods()).flatMap(({ status }) => status.containerStatuses ?? []);
      if (begun.some(({ restartCount }) => restartCount > 0)) throw new Error(`begun anew: ${JSON.stringify(begun)}`);
    },
  );
  await checks.that('nothing is lost, and every rule came in order', async () => {
    const rules = await load.stop();
    // A machine that is busy with others may have fallen behind.
    await line.drained(1_200_000);
    const verdict = judge(rules, partner.received, await line.audit());
    const { published, received, lost, outOfOrder, unaudited, duplicates } = verdict;
    const twice = duplicates.audited.length + duplicates.inFlight.length;
    console.error(`    ${published} published, ${received} received, ${twice} of them again`);
    const { whole } = JSON.parse(await place.ess(['latency', line.partner, '--json'])) as LatencyTold;
    console.error(`    from publish to ack: p50 ${Math.round(whole.p50Ms)} ms, p99 ${Math.round(whole.p99Ms)} ms`);
    if (lost.length + outOfOrder.length + unaudited.length > 0)
      throw new Error(JSON.stringify({ lost, outOfOrder, unaudited }).slice(0, 2_000));
  });
}

/** @returns what kubectl says until it gives up */
const drain = ({ cluster }: Installation): Promise<string> =>
  cluster
    .kubectl('drain', 'node1', '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=45s')
    .catch((error: Error & { stderr?: string }) => `${error.message}${error.stderr ?? ''}`);

function ruleFile({ cluster }: Installation, version: number): string {
  const file = join(cluster.folder, 'rule.json');
  writeFileSync(file, JSON.stringify({ ...makeRule('beds', version), eventId: undefined }));
  return file;
}

await main().catch((error: unknown) => {
  if (!stopping.signal.aborted) console.error(error);
  checks.failed += 1;
});
console.log(`${checks.passed} passed, ${checks.failed} failed`);
process.exit(checks.failed === 0 ? 0 : 1);

// ESS in the cluster, as infra/k8s has it: what is judged is one partner with a topic of its own, beside the hospital, its stream and its
// door. Kafka, which takes users over TLS alone, the registry and the partners are outside, at the address of the node.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_FILE, readAccessPlan } from '@ess/cli/access-plan-file.ts';
import { writeManifests } from '@ess/cli/commands/k8s/manifests.ts';
import { USUAL_PLACE } from '@ess/cli/commands/k8s/place.ts';
import type { SecuredStack } from '@ess/infra/local/stack.ts';
import { LOCAL_ADMIN, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { putScramUsers } from '@ess/stream/access/scram-users.ts';
import { FakePartner } from '../fakes/partner.ts';
import type { ownTestStack } from '../harness/own-stack.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { REPOSITORY } from '../harness/repository.ts';
import type { Cluster } from './cluster.ts';
import { definitionFolders } from './schemas.ts';

/** As docs/kubernetes.md has it made. */
export const { image: IMAGE } = USUAL_PLACE;
/** Users that pods come as; people and the partners' own clients are outside. */
const OF_PODS = /^ess-(?:worker-.+|bridge|inbound|observer|console)$/;
/** What is shorter may be in a log by chance. */
const SECRET_LENGTH = 12;
const PULL_MS = 300_000;

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly status: { readonly containerStatuses?: ReadonlyArray<{ readonly restartCount: number }> };
}

const selectorOf = (name?: string): string =>
  name === undefined ? 'app.kubernetes.io/part-of=ess' : `app.kubernetes.io/name=${name}`;

type SecuredTestStack = Awaited<ReturnType<typeof ownTestStack>>;

export class Installation {
  readonly cluster: Cluster;
  /** What no log may hold. */
  readonly secrets = new Set<string>();
  readonly #stack: SecuredTestStack;
  /** What is judged. */
  readonly line: Pipeline;
  readonly partner: FakePartner;
  readonly hospital: FakePartner;
  readonly #cursorKeys = randomBytes(24).toString('base64');

  private constructor(
    cluster: Cluster,
    stack: SecuredTestStack,
    line: Pipeline,
    partner: FakePartner,
    hospital: FakePartner,
  ) {
    this.cluster = cluster;
    this.#stack = stack;
    this.line = line;
    this.partner = partner;
    this.hospital = hospital;
  }

  static async prepare(
    cluster: Cluster,
    stack: SecuredTestStack,
    defer: (step: () => unknown) => void,
  ): Promise<Installation> {
    const { address } = cluster;
    const partner = await FakePartner.start((_request, index) => (index % 40 === 0 ? 503 : 200), address);
    defer(() => partner[Symbol.asyncDispose]());
    const hospital = await FakePartner.start(undefined, address);
    defer(() => hospital[Symbol.asyncDispose]());
    const line = await Pipeline.open(stack, partner, { deliver: { allow: [`${address}/32`] } });
    defer(() => line[Symbol.asyncDispose]());
    cpSync(join(REPOSITORY, 'connectors/hospital'), join(line.connectors, 'hospital'), { recursive: true });
    const file = join(line.connectors, 'hospital/connector.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.0/8', `${address}/32`));
    return new Installation(cluster, stack, line, partner, hospital);
  }

  /** The Deployment of the partner that is judged, and its user. */
  get worker(): string {
    return `ess-worker-${this.line.partner}`;
  }

  /** A user for each program, as whoever runs Kafka makes them, and the rights that it needs and no other. */
  async letIn(): Promise<void> {
    const { users } = readAccessPlan(ACCESS_FILE, this.line.connectors);
    const named = [LOCAL_ADMIN, ...users].map((name) => ({ name, password: this.#secured.passwordOf(name) }));
    await putScramUsers(this.#stack.kafka, named);
    await this.ess(['access', 'apply'], securedEnv(this.#secured.folder, LOCAL_ADMIN));
    await this.ess(['access', 'check']);
  }

  /** A command that must succeed, as a person gives it. @returns what it printed */
  async ess(args: readonly string[], more: Record<string, string> = {}): Promise<string> {
    const command = this.line.ess(args, more);
    if ((await command.exited) !== 0) throw new Error(`ess ${args.join(' ')} failed:\n${command.output}`);
    return command.stdout;
  }

  /** Renders as a person would, and has the API server check every field. */
  async apply(): Promise<void> {
    const out = join(this.cluster.folder, 'manifests');
    const { brokers, registry } = this.line.stack;
    writeManifests({
      ...{ out, connectors: this.line.connectors, image: IMAGE, namespace: 'ess', kafka: brokers.join(',') },
      ...{ registry, prometheus: 'http://127.0.0.1:9090', cluster: 'ess' },
      set: [`HOSPITAL_URL=${this.hospital.url}`],
    });
    await this.#server(join(out, 'base/settings.yaml'));
    await this.secret('ess-cursor-keys', { ESS_CURSOR_KEYS: this.#cursorKeys });
    await this.hospitalSecret('first-secret');
    await this.#userSecrets();
    await this.cluster.kubectl('apply', '--server-side', '--validate=strict', '-k', join(out, 'overlays/secured'));
  }

  /** What is beyond the overlay that runs, looked at by the API server and not kept. */
  async applyOthers(): Promise<void> {
    const out = join(this.cluster.folder, 'manifests');
    for (const folder of await definitionFolders())
      await this.cluster.kubectl('apply', '--server-side', '--force-conflicts', '-f', folder);
    await this.cluster.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s');
    const asked = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--force-conflicts'];
    for (const overlay of ['keda', 'monitoring', 'plain'])
      await this.cluster.kubectl(...asked, '-k', join(out, 'overlays', overlay));
  }

  async hospitalSecret(secret: string): Promise<void> {
    const signing = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    await this.secret('ess-secrets-hospital', {
      HOSPITAL_SECRET: secret,
      HOSPITAL_SIGNING_SECRET: signing,
      HOSPITAL_API_KEY_HASH: 'none',
    });
  }

  /** Under the names that Strimzi gives them. */
  async #userSecrets(): Promise<void> {
    const { users } = readAccessPlan(ACCESS_FILE, this.line.connectors);
    for (const user of users.filter((name) => OF_PODS.test(name)))
      await this.secret(user, { password: this.#secured.passwordOf(user) });
    await this.secret('ess-kafka-ca', { 'ca.crt': readFileSync(this.#secured.ca, 'utf8') });
  }

  get #secured(): SecuredStack {
    return this.#stack.processes.secured as SecuredStack;
  }

  /** Of the pods of a Deployment; of all where none is named. */
  logs(name?: string): Promise<string> {
    return this.kubectl('logs', '-l', selectorOf(name), '--all-containers', '--tail=-1', '--max-log-requests=50');
  }

  async secret(name: string, stringData: Record<string, string>): Promise<void> {
    for (const [key, value] of Object.entries(stringData))
      if (value.length >= SECRET_LENGTH && key !== 'ca.crt') this.secrets.add(value);
    const folder = join(this.cluster.folder, 'secrets');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.yaml`);
    writeFileSync(
      file,
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'ess' }, stringData }),
    );
    await this.#server(file);
  }

  #server(file: string): Promise<string> {
    return this.kubectl('apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', file);
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return this.cluster.kubectl('-n', 'ess', ...args);
  }

  async deployments(): Promise<string[]> {
    return (await this.kubectl('get', 'deployments', '-o', 'name')).trim().split('\n');
  }

  /** @throws with what its pods say, when a Deployment does not become ready */
  async rolledOut(...deployments: readonly string[]): Promise<void> {
    for (const deployment of deployments)
      await this.kubectl('rollout', 'status', deployment, '--timeout=300s').catch(async (error: Error) => {
        const pods = await this.kubectl('get', 'pods', '-o', 'wide');
        const events = await this.kubectl('get', 'events', '--sort-by=.lastTimestamp');
        throw new Error(`${error.message}\n${pods}\n${events.split('\n').slice(-15).join('\n')}`);
      });
  }

  async scale(replicas: number): Promise<void> {
    await this.kubectl('scale', `deployment/${this.worker}`, `--replicas=${replicas}`);
    await this.rolledOut(`deployment/${this.worker}`);
    await this.line.stable(replicas);
  }

  /** Those of a Deployment, or all, that nobody has told to go. */
  async pods(name?: string): Promise<Pod[]> {
    const { items } = await this.cluster.json<{ items: Pod[] }>('-n', 'ess', 'get', 'pods', '-l', selectorOf(name));
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** The same pods as then, none of whose containers has begun anew. */
  async sameAs(before: readonly Pod[], name: string): Promise<void> {
    const now = await this.pods(name);
    const told = (pods: readonly Pod[]) =>
      pods.map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses?.map((one) => one.restartCount)}`);
    if (String(told(before)) !== String(told(now))) throw new Error(`another pod: ${told(before)}, now ${told(now)}`);
  }

  /** Every rule of the load that is under way arrives on: so many more. */
  async flows(more = 200): Promise<void> {
    const before = this.partner.received.length;
    await this.partner.until((received) => received.length > before + more, PULL_MS, 'deliveries go on and');
  }

  /** Whether a pod of a Deployment can connect there. */
  async reaches(deployment: string, url: string): Promise<boolean> {
    const { hostname, port } = new URL(url);
    const told = ['connect', 'error'].map((event) => `.on('${event}', () => process.exit(console.log('${event}')))`);
    const script = `require('node:net').connect(${port}, '${hostname}')${told.join('')}`;
    return (await this.kubectl('exec', `deployment/${deployment}`, '--', 'node', '-e', script)).trim() === 'connect';
  }

  async addressOf(service: string): Promise<string> {
    const { spec } = await this.cluster.json<{ spec: { clusterIP: string; ports: Array<{ port: number }> } }>(
      ...['-n', 'ess', 'get', 'service', service],
    );
    return `http://${spec.clusterIP}:${spec.ports[0]?.port}`;
  }
}

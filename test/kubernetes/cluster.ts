// A real Kubernetes of one node on this machine: etcd, API server, controllers, scheduler, containerd, kubelet, kube-proxy. Pods reach
// what listens at the node's address, and this machine reaches Services by their addresses.
// What it does not show: several nodes, and a load balancer from outside.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { eventually } from '../harness/deadline.ts';
import { freePort } from '../harness/free-port.ts';
import { pauseImage } from './image.ts';
import { NodeProcess } from './node-process.ts';
import { CNI, clusterPrograms, program } from './programs.ts';
import { NotToBeHad, output } from './tools.ts';

const PODS = '10.244.0.0/24';
export const SERVICES = '10.96.0.0/16';
const BRIDGE = 'esskube0';
export const NODE = 'node1';

export class Cluster implements AsyncDisposable {
  readonly address: string;
  readonly folder: string;
  readonly #cleanup: Cleanup;

  private constructor(folder: string, address: string, cleanup: Cleanup) {
    this.folder = folder;
    this.address = address;
    this.#cleanup = cleanup;
  }

  /** In a folder of its own, whose path is short: sockets lie in it. @throws NotToBeHad */
  static async start(): Promise<Cluster> {
    await clusterPrograms();
    const cleanup = new Cleanup();
    try {
      const cluster = new Cluster(mkdtempSync(join(tmpdir(), 'ess-k8s-')), nodeAddress(), cleanup);
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cleanup[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @returns stdout @throws with what kubectl says */
  kubectl(...args: readonly string[]): Promise<string> {
    return output(program('kubectl'), ['--kubeconfig', join(this.folder, 'admin.conf'), ...args]);
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(...args, '-o', 'json')) as T;
  }

  /** @param archive as `docker save` writes it */
  async load(archive: string): Promise<void> {
    await output('ctr', ['-a', this.#socket, '-n', 'k8s.io', 'images', 'import', archive]);
  }

  /** Of every container that has ended so far, as the kubelet saw it. */
  get exitCodes(): number[] {
    const log = readFileSync(join(this.folder, 'kubelet.log'), 'utf8');
    return [...log.matchAll(/container finished.*exitCode=(\d+)/g)].map(([, code]) => Number(code));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }

  get #socket(): string {
    return join(this.folder, 'containerd.sock');
  }

  async #start(): Promise<void> {
    const { folder, address } = this;
    mkdirSync(join(folder, 'cni'), { recursive: true });
    this.#cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
    this.#cleanup.defer(() => unmounted(folder));
    const [etcd, peer, api] = [await freePort(), await freePort(), await freePort()];
    await this.#writeFiles(api);
    const started = (name: string, command: string, ...args: string[]): NodeProcess => {
      const process = new NodeProcess(name, folder, command, args);
      this.#cleanup.defer(() => process[Symbol.asyncDispose]());
      return process;
    };
    const store = `http://127.0.0.1:${etcd}`;
    const peers = `http://127.0.0.1:${peer}`;
    await started(
      ...(['etcd', program('etcd'), '--data-dir', join(folder, 'etcd')] as const),
      ...['--listen-client-urls', store, '--advertise-client-urls', store, '--listen-peer-urls', peers],
      ...['--initial-advertise-peer-urls', peers, '--initial-cluster', `default=${peers}`, '--unsafe-no-fsync'],
    ).answers(async () => asked(`${store}/health`));
    await started(
      ...(['apiserver', program('kube-apiserver'), `--etcd-servers=${store}`, `--secure-port=${api}`] as const),
      ...[
        `--advertise-address=${address}`,
        '--cert-dir=certs',
        '--token-auth-file=tokens.csv',
        '--allow-privileged=true',
      ],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--service-account-key-file=sa.pub'],
      ...[
        '--service-account-signing-key-file=sa.key',
        '--authorization-mode=RBAC',
        `--service-cluster-ip-range=${SERVICES}`,
      ],
      '--kubelet-preferred-address-types=InternalIP',
    ).answers(() => this.kubectl('get', '--raw', '/readyz'));
    const config = '--kubeconfig=admin.conf';
    const alone = ['--leader-elect=false', '--bind-address=127.0.0.1', '--secure-port=0'];
    started(
      'controllers',
      program('kube-controller-manager'),
      config,
      '--service-account-private-key-file=sa.key',
      ...alone,
    );
    started('scheduler', program('kube-scheduler'), config, ...alone);
    await started('containerd', 'containerd', '-c', 'containerd.toml').answers(() =>
      output('ctr', ['-a', this.#socket, 'version']),
    );
    await this.load(await pauseImage(folder));
    this.#cleanup.defer(() => this.#endContainers());
    started(
      ...([
        'kubelet',
        program('kubelet'),
        config,
        '--config=kubelet.yaml',
        `--root-dir=${join(folder, 'kubelet')}`,
      ] as const),
      ...[
        `--cert-dir=${join(folder, 'kubelet-certs')}`,
        `--hostname-override=${NODE}`,
        `--node-ip=${address}`,
        '--v=2',
      ],
    );
    const [health, metrics] = [await freePort(), await freePort()];
    await started(
      ...(['proxy', program('kube-proxy'), config, '--proxy-mode=iptables', `--hostname-override=${NODE}`] as const),
      ...[`--cluster-cidr=${PODS}`, `--healthz-bind-address=127.0.0.1:${health}`],
      ...['--bind-address=127.0.0.1', `--metrics-bind-address=127.0.0.1:${metrics}`],
    ).answers(() => asked(`http://127.0.0.1:${health}/livez`));
    this.#cleanup.defer(() => output(program('kube-proxy'), ['--cleanup']).catch(() => undefined));
    await eventually('the node is ready', async () =>
      / Ready/.test(await this.kubectl('get', 'node', NODE).catch(() => '')) ? true : undefined,
    );
    this.#cleanup.defer(() => this.#endPods());
  }

  async #writeFiles(api: number): Promise<void> {
    const { folder, address } = this;
    const token = randomBytes(16).toString('hex');
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    await output('openssl', ['genrsa', '-out', join(folder, 'sa.key'), '2048']);
    await output('openssl', ['rsa', '-in', join(folder, 'sa.key'), '-pubout', '-out', join(folder, 'sa.pub')]);
    write('tokens.csv', `${token},admin,1,"system:masters"\n`);
    write('admin.conf', JSON.stringify(kubeconfig(`https://127.0.0.1:${api}`, token)));
    write('cni/10-pods.conflist', JSON.stringify(network(join(folder, 'ipam'))));
    write('containerd.toml', containerdToml(folder, this.#socket));
    write('kubelet.yaml', JSON.stringify(kubelet(address, this.#socket, await freePort())));
  }

  /** Pods end by themselves, as far as they can, while there is somebody to end them. */
  async #endPods(): Promise<void> {
    const kinds = 'deployments,horizontalpodautoscalers,pods';
    const how = ['--all', '--all-namespaces', '--grace-period=2', '--timeout=60s'];
    await this.kubectl('delete', kinds, ...how).catch(() => undefined);
  }

  async #endContainers(): Promise<void> {
    const ctr = (...args: string[]) => output('ctr', ['-a', this.#socket, '-n', 'k8s.io', ...args]);
    const running = (await ctr('tasks', 'ls', '-q').catch(() => '')).split('\n').filter(Boolean);
    for (const task of running) await ctr('tasks', 'kill', '-s', 'SIGKILL', task).catch(() => undefined);
    await eventually('no container is left', async () =>
      (await ctr('tasks', 'ls').catch(() => '')).includes('RUNNING') ? undefined : true,
    );
    await output('ip', ['link', 'del', BRIDGE]).catch(() => undefined);
  }
}

/** What containers and volumes have mounted below the folder: it could not be removed else. */
async function unmounted(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((one) => one.startsWith(`${folder}/`)).reverse())
    await output('umount', ['-l', mount]).catch(() => undefined);
}

async function asked(url: string): Promise<void> {
  const { ok, status } = await fetch(url);
  if (!ok) throw new Error(String(status));
}

/** Not loopback: pods have a loopback of their own. */
function nodeAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new NotToBeHad('a cluster needs an address of this machine that is not loopback');
  return found.address;
}

const kubeconfig = (server: string, token: string) => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'one', cluster: { server, 'insecure-skip-tls-verify': true } }],
  users: [{ name: 'admin', user: { token } }],
  contexts: [{ name: 'one', context: { cluster: 'one', user: 'admin' } }],
  'current-context': 'one',
});

const network = (dataDir: string) => ({
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      ...{ type: 'bridge', bridge: BRIDGE, isGateway: true, ipMasq: true, hairpinMode: true },
      ipam: { type: 'host-local', dataDir, ranges: [[{ subnet: PODS }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});

/** Where lowering oom_score_adj is not allowed, as inside another container, runc could start no pod without its first setting. */
const containerdToml = (folder: string, socket: string): string => `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-run"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  sandbox_image = "docker.io/local/pause:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI}"
    conf_dir = "${folder}/cni"
`;

const kubelet = (address: string, socket: string, port: number) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: 'AlwaysAllow' },
  address,
  port,
  healthzPort: 0,
  cgroupDriver: 'cgroupfs',
  failSwapOn: false,
  containerRuntimeEndpoint: `unix://${socket}`,
  enforceNodeAllocatable: [],
  evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  // Changed ConfigMaps and Secrets come soon.
  syncFrequency: '10s',
  configMapAndSecretChangeDetectionStrategy: 'Watch',
});

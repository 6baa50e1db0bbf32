// The programs of a cluster of one node: Kubernetes and etcd from their Go modules, built once per user (some 5 minutes of two cores);
// containerd, runc, CNI plugins and iptables from Debian.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, have, NotToBeHad, output } from './tools.ts';

const KUBERNETES = '1.33.4';
const ETCD = '3.5.21';
const COMMANDS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kubectl', 'kube-proxy'];
const OF_DEBIAN = ['containerd', 'runc', 'containernetworking-plugins', 'iptables', 'ipset', 'conntrack', 'ethtool'];
export const CNI = '/usr/lib/cni';
const BIN = join(CACHE, `bin-${KUBERNETES}-${ETCD}`);

export const program = (name: string): string => join(BIN, name);

/** @throws NotToBeHad */
export async function clusterPrograms(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new NotToBeHad('a cluster of one node needs Linux and root');
  mkdirSync(BIN, { recursive: true });
  await buildKubernetes();
  await build('etcd', `go.etcd.io/etcd/server/v3`, `go.etcd.io/etcd/server/v3@v${ETCD}`);
  await buildPause();
  await fromDebian();
}

async function buildKubernetes(): Promise<void> {
  const missing = COMMANDS.filter((name) => !existsSync(program(name)));
  if (missing.length === 0) return;
  console.error(`building Kubernetes ${KUBERNETES} from its Go modules: some minutes, once per user`);
  const folder = join(CACHE, 'build/kubernetes');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go.mod'), 'module build\n');
  const question = ['mod', 'download', '-json', `k8s.io/kubernetes@v${KUBERNETES}`];
  const { GoMod } = JSON.parse(await have('Kubernetes', 'go', question, folder)) as { GoMod: string };
  // Its own parts are replaced by folders of its repository there; as modules of others they have versions.
  const parts = [...readFileSync(GoMod, 'utf8').matchAll(/^\s+(k8s\.io\/[a-z0-9-]+) => \.\/staging/gm)];
  const replaced = parts.map(([, name]) => `  ${name} => ${name} v0${KUBERNETES.slice(1)}\n`).join('');
  const required = `require k8s.io/kubernetes v${KUBERNETES}\nreplace (\n${replaced})\n`;
  writeFileSync(join(folder, 'go.mod'), `module build\ngo 1.24.0\n${required}`);
  const imports = COMMANDS.map((name) => `import _ "k8s.io/kubernetes/cmd/${name}"\n`).join('');
  writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage tools\n\n${imports}`);
  await have('Kubernetes', 'go', ['mod', 'tidy', '-e'], folder);
  for (const name of missing)
    await have(
      name,
      'go',
      ['build', '-ldflags', '-s -w', '-o', program(name), `k8s.io/kubernetes/cmd/${name}`],
      folder,
    );
}

export async function build(name: string, command: string, module: string): Promise<void> {
  if (existsSync(program(name))) return;
  const folder = join(CACHE, 'build', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go.mod'), 'module build\ngo 1.24.0\n');
  await have(name, 'go', ['get', module], folder);
  await have(name, 'go', ['build', '-ldflags', '-s -w', '-o', program(name), command], folder);
}

/** What holds a pod's network: it waits, and ends when it is told. */
async function buildPause(): Promise<void> {
  if (existsSync(program('pause'))) return;
  const folder = join(CACHE, 'build/pause');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go.mod'), 'module pause\ngo 1.24.0\n');
  writeFileSync(
    join(folder, 'main.go'),
    `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT)
	<-told
}
`,
  );
  await have('pause', 'env', ['CGO_ENABLED=0', 'go', 'build', '-o', program('pause'), '.'], folder);
}

async function fromDebian(): Promise<void> {
  const isThere = async (name: string) =>
    output('sh', ['-c', `command -v ${name}`]).then(
      () => true,
      () => false,
    );
  const there = await Promise.all(['containerd', 'runc', 'iptables', 'ipset', 'conntrack'].map(isThere));
  if (!there.includes(false) && existsSync(join(CNI, 'bridge'))) return;
  const install = `apt-get -o DPkg::Lock::Timeout=300 update -qq && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends ${OF_DEBIAN.join(' ')}`;
  await have(OF_DEBIAN.join(', '), 'sh', ['-c', install]);
}

// NetworkPolicies carried out by the firewall of kube-router, and by nothing else of it: the network plugin of the cluster knows none. What
// a policy does not allow is rejected at once.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { freePort } from '../harness/free-port.ts';
import { NodeProcess } from './node-process.ts';
import { build, program } from './programs.ts';
import { output } from './tools.ts';

const KUBE_ROUTER = '2.1.0';
const MODULE = 'github.com/cloudnativelabs/kube-router/v2/cmd/kube-router';
/** What it makes in the tables of this machine, and leaves there. */
const CHAINS = 'KUBE-ROUTER-|KUBE-POD-FW-|KUBE-NWPLCY-';
const SETS = '^KUBE-(SRC|DST)-';

/** @param folder of the cluster, with its admin.conf @throws NotToBeHad */
export async function carryOutPolicies(folder: string, node: string, services: string): Promise<AsyncDisposable> {
  await build('kube-router', MODULE, `${MODULE}@v${KUBE_ROUTER}`);
  const cleanup = new Cleanup();
  const health = await freePort();
  cleanup.defer(() => removeRules());
  const firewall = new NodeProcess('policies', folder, program('kube-router'), [
    ...['--run-firewall=true', '--run-router=false', '--run-service-proxy=false', '--kubeconfig=admin.conf'],
    ...[`--hostname-override=${node}`, `--service-cluster-ip-range=${services}`, `--health-port=${health}`],
  ]);
  cleanup.defer(() => firewall[Symbol.asyncDispose]());
  try {
    await firewall.answers(async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${health}/healthz`);
      if (!ok) throw new Error(String(status));
    });
    return cleanup;
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}

async function removeRules(): Promise<void> {
  for (const version of ['iptables', 'ip6tables'])
    await output('sh', ['-c', `${version}-save -t filter | grep -Ev '${CHAINS}' | ${version}-restore -T filter`]);
  await output('sh', ['-c', `ipset list -n | grep -E '${SETS}' | xargs -r -n1 ipset destroy`]);
}

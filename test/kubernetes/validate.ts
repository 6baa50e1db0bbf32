// `node test/kubernetes/validate.ts`: each overlay of infra/k8s as kustomize builds it, against the schemas of what it is for; no cluster
// is needed. What cannot be had on this machine is told, and nothing is validated then.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { schemaLocations } from './schemas.ts';
import { goTool, NotToBeHad, output } from './tools.ts';

const K8S = fileURLToPath(new URL('../../infra/k8s', import.meta.url));
const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1';
const KUBECONFORM = 'github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0';

/** @returns how many overlays are not valid @throws NotToBeHad */
export async function validate(folder = K8S): Promise<number> {
  const kustomize = await goTool('kustomize', KUSTOMIZE);
  const kubeconform = await goTool('kubeconform', KUBECONFORM);
  const locations = (await schemaLocations()).flatMap((location) => ['-schema-location', location]);
  let wrong = 0;
  for (const overlay of readdirSync(join(folder, 'overlays'))) {
    const built = await output(kustomize, ['build', join(folder, 'overlays', overlay)]);
    console.error(`— ${overlay}`);
    if ((await conforms(kubeconform, ['-strict', '-summary', ...locations], built)) !== 0) wrong += 1;
  }
  return wrong;
}

function conforms(kubeconform: string, args: readonly string[], manifests: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(kubeconform, args, { stdio: ['pipe', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
    child.stdin.end(manifests);
  });
}

if (import.meta.main) {
  try {
    process.exitCode = (await validate()) === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof NotToBeHad)) throw error;
    console.error(`skipped: ${error.message}`);
  }
}

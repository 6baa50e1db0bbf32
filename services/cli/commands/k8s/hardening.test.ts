// What SECURITY.md says of the manifests, held against those of infra/k8s: what a program that was broken into does not have.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { INamespace } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

const BASE = fileURLToPath(new URL('../../../../infra/k8s/base/', import.meta.url));
const resources = readdirSync(BASE)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(BASE, file), 'utf8')).map((one) => one.toJS()));
const ofKind = <T>(kind: string): T[] => resources.filter((one) => one.kind === kind);
const deployments = ofKind<IDeployment>('Deployment').map((one) => [one.metadata?.name ?? '', one] as const);

test('the namespace refuses pods that could do more', () => {
  const [namespace] = ofKind<INamespace>('Namespace');
  expect(namespace?.metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
});

describe.each(deployments)('%s', (name, { spec }) => {
  const pod = spec?.template.spec;
  const containers = pod?.containers ?? [];

  test('runs as nobody special, on a disk that it cannot write, and asks Kubernetes for nothing', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext } of containers)
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    const written = (pod?.volumes ?? []).filter(
      ({ emptyDir, persistentVolumeClaim }) => emptyDir ?? persistentVolumeClaim,
    );
    expect(written.map((volume) => volume.name)).toEqual(name === 'ess-observer' ? ['scratch'] : []);
  });

  test('has secrets as files for its own group, and only what its programs need', () => {
    const projected = (pod?.volumes ?? []).flatMap((volume) => volume.projected ?? []);
    for (const { defaultMode } of projected) expect(defaultMode).toBe(0o440);
    const secrets = projected.flatMap(({ sources = [] }) => sources.flatMap(({ secret }) => secret?.name ?? []));
    const isWorker = name.startsWith('ess-worker-');
    if (isWorker) expect(secrets.sort()).toEqual(['ess-cursor-keys', name.replace('ess-worker', 'ess-secrets')].sort());
    if (name === 'ess-observer') expect(secrets).toEqual([]);
    for (const { env = [] } of containers)
      for (const variable of env) expect([variable.name, variable.valueFrom]).toEqual([variable.name, undefined]);
  });

  test('is reached where it serves, and for metrics by Prometheus alone', () => {
    const policy = ofKind<INetworkPolicy>('NetworkPolicy').find(({ metadata }) => metadata?.name === name)?.spec;
    expect(policy?.policyTypes).toEqual(['Ingress', 'Egress']);
    const open = (policy?.ingress ?? []).filter(({ from }) => from === undefined);
    const served = ['ess-bridge', 'ess-inbound'].includes(name) ? 1 : 0;
    expect(open).toHaveLength(served);
    for (const { from } of (policy?.ingress ?? []).slice(served))
      expect(from).toEqual([
        { namespaceSelector: {}, podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } },
      ]);
  });
});

// The Deployments of an installation: one worker per partner that delivers, the bridge, the doors, observer and console.
import { KILL_AFTER_MS, STOP_GRACE_MS, stopGraceMs } from '@ess/domain/delivery/rebalance-timeout.ts';
import type { Installation, RenderedPartner } from './installation.ts';
import { because } from './reasoned-yaml.ts';
import type { Workload } from './workload.ts';
import { defaultPort, SERVED_ON_SECONDS } from './workload.ts';

const SCRATCH = '/var/lib/ess';
const secondsOf = (ms: number): number => Math.ceil((ms + KILL_AFTER_MS) / 1000);

export const workerName = (partner: string): string => `ess-worker-${partner}`;

export function workerOf(partner: RenderedPartner): Workload | undefined {
  const { name, connector } = partner;
  if (!connector.deliver) return undefined;
  const graceMs = stopGraceMs([connector.deliver]);
  return {
    name: workerName(name),
    partners: [partner],
    programs: [
      {
        name: 'worker',
        args: ['worker', name],
        adminPort: defaultPort('ESS_WORKER_PORT'),
        memory: { usual: '192Mi', most: '512Mi' },
        principal: workerName(name),
        hasSecrets: true,
      },
    ],
    graceSeconds: secondsOf(graceMs),
    graceReason: `A stop waits for requests in flight, at most the larger of ${STOP_GRACE_MS / 1000} s and deliver.timeoutMs + 10 s (here ${graceMs / 1000} s), and then commits; ${KILL_AFTER_MS / 1000} s more to say so.`,
    strategy: {
      type: 'RollingUpdate',
      rollingUpdate: {
        maxSurge: because('A pod more would join the group, and partitions would move to it and away again.', 0),
        maxUnavailable: because('One leaves its group after the other, and each is ready before the next goes.', 1),
      },
    },
    isServed: false,
  };
}

const ROLLED_BEHIND_A_SERVICE = {
  type: 'RollingUpdate' as const,
  rollingUpdate: {
    maxSurge: 1,
    maxUnavailable: because('The new pod answers before an old one goes: partners notice nothing.', 0),
  },
} satisfies Workload['strategy'];

/** The programs behind a Service. @returns undefined when no partner needs it */
export function servedOf(name: 'bridge' | 'inbound', { partners }: Installation): Workload | undefined {
  const concerned = partners.filter(({ connector }) =>
    name === 'bridge' ? connector.stream.enabled : connector.inbound.length > 0,
  );
  if (concerned.length === 0) return undefined;
  const prefix = name === 'bridge' ? 'ESS_BRIDGE' : 'ESS_INBOUND';
  return {
    name: `ess-${name}`,
    partners: concerned,
    programs: [
      {
        name,
        args: [name],
        port: defaultPort(`${prefix}_PORT`),
        adminPort: defaultPort(`${prefix}_ADMIN_PORT`),
        env: { [`${prefix}_HOST`]: '0.0.0.0' },
        memory: name === 'bridge' ? { usual: '256Mi', most: '1Gi' } : { usual: '192Mi', most: '512Mi' },
        principal: `ess-${name}`,
        hasSecrets: true,
      },
    ],
    graceSeconds: secondsOf(STOP_GRACE_MS) + SERVED_ON_SECONDS,
    graceReason: `${SERVED_ON_SECONDS} s in which the Service still sends, ${STOP_GRACE_MS / 1000} s for what is under way, ${KILL_AFTER_MS / 1000} s more to say so.`,
    strategy: ROLLED_BEHIND_A_SERVICE,
    isServed: true,
  };
}

export function observerOf({ partners }: Installation): Workload {
  const view = { ESS_VIEW_FILE: `${SCRATCH}/view.sqlite` };
  const memory = { usual: '256Mi', most: '1Gi' };
  const viewed = partners.filter(({ connector }) => connector.deliver !== undefined || connector.stream.enabled);
  return {
    name: 'ess-observer',
    partners: viewed,
    programs: [
      {
        name: 'observer',
        args: ['observer'],
        adminPort: defaultPort('ESS_OBSERVER_PORT'),
        env: view,
        memory,
        principal: 'ess-observer',
        hasSecrets: false,
        scratch: SCRATCH,
      },
      {
        name: 'console',
        args: because(
          'It answers the pod itself alone: "kubectl port-forward" leads there. Another address asks for a way to sign in.',
          ['console'],
        ),
        adminPort: defaultPort('ESS_CONSOLE_ADMIN_PORT'),
        env: { ...view, ESS_CONSOLE_ENDED: `${SCRATCH}/console-ended.jsonl` },
        memory,
        principal: 'ess-console',
        hasSecrets: false,
        scratch: SCRATCH,
      },
    ],
    graceSeconds: secondsOf(STOP_GRACE_MS),
    graceReason: `A stop may take ${STOP_GRACE_MS / 1000} s; ${KILL_AFTER_MS / 1000} s more to say so.`,
    replicas: because(
      'One: it is the authority for alerts on drift. Observer and console share the view that they keep.',
      1,
    ),
    strategy: because('Two would each write the view that is kept, and alert twice.', { type: 'Recreate' }),
    isServed: false,
  };
}

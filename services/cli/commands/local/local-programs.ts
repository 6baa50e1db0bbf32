// The programs of a local run, kept running as `ess serve` keeps them: worker, doors, bridge, observer and console of the demo's
// partners.
import { fileURLToPath } from 'node:url';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Redactor } from '@ess/runtime/log/log.ts';
import { createLog } from '@ess/runtime/log/log.ts';
import { serveMetrics } from '@ess/runtime/metrics/serve-metrics.ts';
import { SETTINGS } from '@ess/runtime/settings/settings-table.ts';
import { securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { passBeside } from '../../terminal/print.ts';
import { OneLog } from '../serve/one-log.ts';
import type { ProgramPlan } from '../serve/program-process.ts';
import { PROGRAMS } from '../serve/programs.ts';
import { Supervisor } from '../serve/supervisor.ts';

const ESS = fileURLToPath(new URL('../../bin/ess.mjs', import.meta.url));
/** Where the brokers and the registry are, and how they are entered, is the stack's to say. */
const OF_THE_STACK = Object.keys(SETTINGS).filter((name) => /^(KAFKA|SCHEMA_REGISTRY)_/.test(name));

export interface LocalPrograms {
  /** Of the worker's admin listener. */
  readonly workerUrl: string;
  readonly doorsUrl: string;
  readonly bridgeUrl: string;
  readonly consoleUrl: string;
}

export interface LocalProgramsOptions {
  readonly brokers: readonly string[];
  readonly registry: string;
  /** The folder of the users of a secured stack: each program is one. */
  readonly secured?: string;
  /** Their folder, and those that the run knows the secrets of. */
  readonly root: string;
  readonly connectors: readonly Connector[];
  /** Secrets and addresses of the partners, and settings that are not those of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly redactor: Redactor;
  readonly signal?: AbortSignal | undefined;
  readonly defer: (end: () => unknown) => void;
}

/**
 * Resolves when all of them are ready.
 * @throws EssError ESS_CONFIG when one cannot run as it is set; the reason of `signal`
 */
export async function startLocalPrograms(options: LocalProgramsOptions): Promise<LocalPrograms> {
  const { redactor, signal = new AbortController().signal } = options;
  const oneLog = new OneLog({ pretty: true, write: passBeside });
  const log = createLog('ess', { pretty: true, redactor, write: oneLog.own });
  // That they come and go as they should is told by the ticks.
  const supervisor = new Supervisor({ log: log.child({}, { level: 'error' }), oneLog, metrics: serveMetrics() });
  options.defer(() => supervisor.stop());
  for (const plan of plans(options)) supervisor.begin(plan);
  await supervisor.untilReady(signal);
  return {
    workerUrl: await supervisor.told('worker', 'admin', signal),
    doorsUrl: await supervisor.told('inbound', 'url', signal),
    bridgeUrl: await supervisor.told('bridge', 'url', signal),
    consoleUrl: await supervisor.told('console', 'url', signal),
  };
}

function plans({ brokers, registry, secured, root, connectors, env }: LocalProgramsOptions): ProgramPlan[] {
  const shared = {
    ...Object.fromEntries(OF_THE_STACK.flatMap((name) => [name, `${name}_FILE`]).map((name) => [name, undefined])),
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: registry,
    ESS_CONNECTORS: root,
    ...env,
  };
  const named = (isOne: (connector: Connector) => boolean) => connectors.filter(isOne).map(({ partner }) => partner);
  // By name: of a partner whose folder comes meanwhile the secrets are not known here, and a worker of its own delivers to it.
  const args: Readonly<Record<string, readonly string[]>> = {
    worker: ['worker', ...named(({ deliver }) => deliver !== undefined)],
    inbound: ['inbound', ...named(({ inbound }) => inbound.length > 0)],
  };
  return PROGRAMS.map(({ name, args: usual }) => ({
    name,
    command: process.execPath,
    args: [ESS, ...(args[name] ?? usual)],
    // Deliveries are what is shown here.
    env: {
      ...shared,
      ...(secured !== undefined && securedEnv(secured, `ess-${name}`)),
      ...(name !== 'worker' && { ESS_LOG_LEVEL: 'error' }),
    },
  }));
}

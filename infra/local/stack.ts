// The local stack: real Kafka (1 or 3 brokers) and a schema registry on this machine.
// In order: java.ts and disk.ts (can it work here?), lock.ts, jars.ts, cluster-file.ts, ports.ts, then kafka.ts and
// registry.ts side by side as processes of child.ts. Promise: no process of it outlives us, whatever ends us.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { Child, type ChildHandle } from './child.ts';
import { openClusterFile, writeJson } from './cluster-file.ts';
import { allRegistered, type ClusterPlan, planBroker } from './kafka.ts';
import { prepareDataDir } from './machine/disk.ts';
import { acquireLock } from './machine/lock.ts';
import { PortPicker } from './machine/ports.ts';
import { planRegistry, registryUrl } from './registry.ts';
import type { SecuredFiles } from './secured.ts';
import { passwordOf, prepareSecured } from './secured.ts';
import { ensureJars } from './tools/jars.ts';
import { findJava } from './tools/java.ts';
import { runKafkaTool, type ToolResult } from './tools/kafka-tool.ts';

const USUAL_KAFKA_PORT = 9092;
const USUAL_REGISTRY_PORT = 8081;
/** Brokers that stop together wait in vain for a quorum that is going away too; what they hold is on disk by then. */
const CLUSTER_STOP_MS = 1_500;
/** A port that was free when we looked can be taken when the broker gets to it. */
const PORT_RACES = 3;

export interface StackOptions {
  /** Holds data, logs/, stack.json; made when missing, reused when it holds a cluster. */
  dataDir: string;
  /** Default: what the folder holds, else 1. With 3, topics have 3 copies of which 2 must acknowledge. */
  brokers?: number;
  /** Port of the first broker; 0 = any free one, undefined = 9092 or the next free one. */
  kafkaPort?: number;
  /** 0 = any free one, undefined = 8081 or the next free one. */
  registryPort?: number;
  /** URL of a registry that runs already, instead of one of its own. For tests alone. */
  registry?: string;
  /** Address at which others reach Kafka and the registry; default 127.0.0.1, where nobody else does. For tests alone. */
  host?: string;
  /** Brokers for long load, as Kafka ships them, instead of ones that start fast and stay small. Default false. */
  steady?: boolean;
  /** TLS, a user for each program, and what no ACL grants is denied. Default: what the folder holds. */
  secured?: boolean;
  /** More settings of the brokers of a secured stack, as in server.properties. */
  brokerSettings?: Readonly<Record<string, string>>;
  /** A folder to which its programs write their archives of classes when it is stopped; see class-archive.ts. */
  recordTo?: string;
  onProgress?: (message: string) => void;
  /** Gives up the start; a stack that runs is stopped by disposing of it. */
  signal?: AbortSignal;
  /** A process ended that nobody stopped; the message holds the end of its log. */
  onCrash?: (message: string) => void;
}

export interface Stack extends AsyncDisposable {
  /** `127.0.0.1:port` each */
  readonly brokers: string[];
  /** `http://127.0.0.1:port/apis/ccompat/v7` */
  readonly registry: string;
  readonly dataDir: string;
  /** There when it is a secured one. */
  readonly secured?: SecuredStack;
  readonly clusterId: string;
  readonly kafka: ChildHandle[];
  /** Does not run where another registry was named. */
  readonly registryProcess: ChildHandle;
  /** e.g. `org.apache.kafka.tools.consumer.group.ConsumerGroupCommand` with `--bootstrap-server …` */
  kafkaTool(mainClass: string, args: string[], options?: { input?: string; timeoutMs?: number }): Promise<ToolResult>;
}

export interface SecuredStack extends SecuredFiles {
  /** `127.0.0.1:port` each: brokers that take certificates. */
  readonly mutual: string[];
  /** Made at the first question. */
  passwordOf(user: string): string;
}

export async function startStack(options: StackOptions): Promise<Stack> {
  for (let race = 1; ; race++) {
    try {
      return await tryStart(options);
    } catch (error) {
      if (race === PORT_RACES || !/Address already in use|BindException/.test(String(error))) throw error;
    }
  }
}

async function tryStart(options: StackOptions): Promise<Stack> {
  const cleanup = new Cleanup();
  try {
    return await assemble(options, cleanup);
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}

async function assemble(options: StackOptions, cleanup: Cleanup): Promise<Stack> {
  const { signal, recordTo, host = '127.0.0.1', onProgress = () => {}, onCrash = () => {} } = options;
  const dataDir = resolve(options.dataDir);
  signal?.throwIfAborted();

  prepareDataDir(dataDir);
  const lock = await acquireLock(join(dataDir, 'stack.lock'), `the data folder ${dataDir}`);
  cleanup.defer(() => lock[Symbol.dispose]());
  const java = await findJava();
  const jars = await ensureJars(onProgress, signal);
  const { clusterId, brokers, secured } = openClusterFile(dataDir, options.brokers, options.secured);
  const ports = new PortPicker();
  const clientPorts = [await ports.pick(options.kafkaPort, USUAL_KAFKA_PORT, '--kafka-port')];
  const registryPort = await ports.pick(options.registryPort, USUAL_REGISTRY_PORT, '--registry-port');
  while (clientPorts.length < brokers) clientPorts.push(await ports.any());
  const controllerPorts: number[] = [];
  while (controllerPorts.length < brokers) controllerPorts.push(await ports.any());

  const mutualPorts: number[] = [];
  while (secured && mutualPorts.length < brokers) mutualPorts.push(await ports.any());
  const files = secured ? prepareSecured(dataDir, host) : undefined;

  onProgress(`starting Kafka (${brokers === 1 ? '1 broker' : `${brokers} brokers`}) and the schema registry`);
  const cluster: ClusterPlan = {
    clusterId,
    dataDir,
    clientPorts,
    controllerPorts,
    host,
    ...(files && { secured: { ...files, mutualPorts, settings: options.brokerSettings ?? {} } }),
    java,
    jars,
    recordTo,
    steady: options.steady ?? false,
  };
  mkdirSync(join(dataDir, 'registry'), { recursive: true });
  const registryProcess = new Child(planRegistry({ dataDir, port: registryPort, host, java, jars, recordTo }, onCrash));
  const kafka: Child[] = [];
  cleanup.defer(() =>
    Promise.all([
      registryProcess.stop(),
      ...kafka.map((broker) => broker.stop(brokers > 1 ? CLUSTER_STOP_MS : undefined)),
    ]),
  );

  // The first to fail ends the others' wait, so that its message is shown at once.
  const failed = new AbortController();
  const giveUp = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const startKafka = async () => {
    const plans = await Promise.all(clientPorts.map((_, index) => planBroker(cluster, index + 1, onCrash)));
    kafka.push(...plans.map((plan) => new Child(plan)));
    await Promise.all(kafka.map((broker) => broker.start(giveUp)));
    await allRegistered(cluster, giveUp);
  };
  const startRegistry = async () => options.registry ?? registryProcess.start(giveUp);
  const starts = [startRegistry(), startKafka()].map((start: Promise<unknown>) =>
    start.catch((error) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(starts);
  giveUp.throwIfAborted();

  const stackFile = join(dataDir, 'stack.json');
  const registry = options.registry ?? registryUrl(registryPort, host);
  const answer = { brokers: clientPorts.map((port) => `${host}:${port}`), registry };
  const forget = () => rmSync(stackFile, { force: true });
  writeJson(stackFile, { ...answer, data: dataDir, pid: process.pid, ...(files && { secured: files.folder }) });
  process.once('exit', forget);
  cleanup.defer(() => process.off('exit', forget));
  cleanup.defer(forget);
  const stopping = new AbortController();
  cleanup.defer(() => stopping.abort());

  return {
    ...answer,
    dataDir,
    ...(files && {
      secured: {
        ...files,
        mutual: mutualPorts.map((port) => `127.0.0.1:${port}`),
        passwordOf: (user) => passwordOf(files.folder, user),
      },
    }),
    clusterId,
    kafka,
    registryProcess,
    kafkaTool: (mainClass, args, toolOptions = {}) =>
      runKafkaTool(java, jars, mainClass, args, { ...toolOptions, signal: stopping.signal }),
    [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose](),
  };
}

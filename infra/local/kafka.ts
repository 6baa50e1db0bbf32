// One broker of the local cluster, KRaft, broker and controller in one process: its settings, its disk, its readiness.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { ChildPlan } from './child.ts';
import { newClusterId } from './cluster-file.ts';
import { listenAt } from './machine/ports.ts';
import type { ClusterMetadata } from './machine/probe.ts';
import { fetchMetadata } from './machine/probe.ts';
import type { SecuredFiles } from './secured.ts';
import { propertyLines, securedProperties } from './secured.ts';
import { archiveFolder, archiveOptions } from './tools/class-archive.ts';
import type { Jars } from './tools/jars.ts';
import { log4jOption } from './tools/kafka-tool.ts';

export interface ClusterPlan {
  clusterId: string;
  dataDir: string;
  /** One of each per broker; node ids count from 1. */
  clientPorts: number[];
  controllerPorts: number[];
  /** TLS, users and ACLs; absent: everybody may do everything. */
  secured?: SecuredPlan;
  /** See StackOptions. */
  host: string;
  java: string;
  jars: Jars;
  /** See StackOptions. */
  recordTo: string | undefined;
  /** Tuned for long load instead of a quick start. */
  steady: boolean;
}

export interface SecuredPlan extends SecuredFiles {
  /** Of the listeners that take certificates. */
  readonly mutualPorts: readonly number[];
  /** See StackOptions. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A second on an idle machine; a busy one gets its time. */
const FORMAT_MS = 90_000;
const REGISTER_PAUSE_MS = 50;
/** Starts fast and stays small: what a laptop and the tests want. */
const QUICK = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'];
/**
 * The full compiler and Kafka's 1 GB of heap, half of it young and copied at most twice: what a broker makes for a request dies with
 * it, so the serial collector stops it for some 30 ms every half minute of light load, not every 6 s (bench REPLAY). Kafka's own G1
 * has shorter pauses, and takes 2 % of what two cores can do (bench S2).
 */
const STEADY = [
  ...['-Xms1g', '-Xmx1g', '-Xmn512m', '-XX:+UseSerialGC', '-XX:MaxTenuringThreshold=2'],
  '-XX:+ExitOnOutOfMemoryError',
];

/** An idle broker takes half as much: its controller writes less often that there is nothing new, and fewer threads look for work. */
const CALM = { 'metadata.max.idle.interval.ms': 10_000, 'num.io.threads': 3, 'num.network.threads': 2 };

function brokerProperties(cluster: ClusterPlan, nodeId: number): Record<string, string | number | boolean> {
  const brokers = cluster.clientPorts.length;
  const copies = Math.min(brokers, 3);
  const minInSync = copies === 3 ? 2 : 1;
  const client = cluster.clientPorts[nodeId - 1]!;
  const controller = cluster.controllerPorts[nodeId - 1]!;
  return {
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    'controller.quorum.voters': cluster.controllerPorts
      .map((port, index) => `${index + 1}@127.0.0.1:${port}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    ...(cluster.secured
      ? securedProperties(cluster.secured, cluster.host, {
          ...{ client, controller },
          mutual: cluster.secured.mutualPorts[nodeId - 1]!,
        })
      : openProperties(cluster.host, client, controller, brokers)),
    'log.dirs': brokerDir(cluster, nodeId),
    // A broker that dies is noticed after 3 s instead of 9.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 1000,
    // A group's first member starts at once instead of waiting 3 s for others.
    'group.initial.rebalance.delay.ms': 0,
    // Topics come from infra/topics.yaml alone.
    'auto.create.topics.enable': false,
    'default.replication.factor': copies,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': minInSync,
    // 50 each by default: on a laptop they only cost files and start-up time.
    'offsets.topic.num.partitions': 6,
    'transaction.state.log.num.partitions': 6,
    'share.coordinator.state.topic.num.partitions': 1,
    // 128 MB by default, a quarter of the heap.
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    ...(cluster.steady ? {} : CALM),
    ...cluster.secured?.settings,
  };
}

/**
 * Whoever wants to see what a refusal does may forbid something; what no ACL names is free to all. Only where one broker is the
 * whole cluster: several have to elect a controller before they have read any rule, and refuse each other.
 */
const ACCESS_RULES = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': true,
};

const openProperties = (host: string, client: number, controller: number, brokers: number) => ({
  listeners: `PLAINTEXT://${listenAt(host)}:${client},CONTROLLER://127.0.0.1:${controller}`,
  'advertised.listeners': `PLAINTEXT://${host}:${client}`,
  ...(brokers === 1 ? ACCESS_RULES : {}),
});

const brokerDir = (cluster: ClusterPlan, nodeId: number): string => join(cluster.dataDir, `kafka-${nodeId}`);

/** Writes the settings, formats the disk if it is new, and says how to start the broker. */
export async function planBroker(
  cluster: ClusterPlan,
  nodeId: number,
  onCrash: (message: string) => void,
): Promise<ChildPlan> {
  const name = `kafka-${nodeId}`;
  const settings = join(cluster.dataDir, `${name}.properties`);
  writeFileSync(settings, propertyLines(brokerProperties(cluster, nodeId)));
  if (!existsSync(join(brokerDir(cluster, nodeId), 'meta.properties'))) await format(cluster, nodeId, settings);
  return {
    name,
    command: cluster.java,
    args: [
      ...(cluster.steady ? STEADY : QUICK),
      ...archiveOptions(cluster.jars, 'kafka', cluster.recordTo),
      ...[log4jOption(), '-cp', cluster.jars.kafka, 'kafka.Kafka', settings],
    ],
    endsSlowly: cluster.recordTo !== undefined,
    cwd: cluster.dataDir,
    logFile: join(cluster.dataDir, 'logs', `${name}.log`),
    probe: () => isRegistered(cluster, nodeId),
    onCrash,
  };
}

/** The broker answers and counts itself among the cluster's: until then it is fenced and leads nothing. */
async function isRegistered(cluster: ClusterPlan, nodeId: number): Promise<boolean> {
  const { brokers } = await metadataOf(cluster, nodeId);
  return brokers.some((broker) => broker.id === nodeId);
}

/** By the listener that asks for no password. */
function metadataOf({ secured, clientPorts }: ClusterPlan, nodeId: number): Promise<ClusterMetadata> {
  if (!secured) return fetchMetadata(clientPorts[nodeId - 1]!);
  const [ca, cert, key] = [secured.ca, secured.adminCert, secured.adminKey].map((file) => readFileSync(file));
  return fetchMetadata(secured.mutualPorts[nodeId - 1]!, { ca, cert, key });
}

/** Every broker lists every other: topics with all their copies can be made from now on. */
export async function allRegistered(cluster: ClusterPlan, signal: AbortSignal): Promise<void> {
  const count = cluster.clientPorts.length;
  const lists = async (nodeId: number) => (await metadataOf(cluster, nodeId)).brokers.length === count;
  const nodeIds = cluster.clientPorts.map((_, index) => index + 1);
  while (!(await Promise.all(nodeIds.map((nodeId) => lists(nodeId).catch(() => false)))).every(Boolean)) {
    await delay(REGISTER_PAUSE_MS, undefined, { signal });
  }
}

/** What the controller of a new cluster begins with. It names neither cluster nor broker. */
const CHECKPOINT = 'bootstrap.checkpoint';

/** Kafka's own tool writes it once for these jars, which takes a JVM; from then on it is copied. */
async function format(cluster: ClusterPlan, nodeId: number, settings: string): Promise<void> {
  const folder = brokerDir(cluster, nodeId);
  const kept = join(archiveFolder(cluster.jars), CHECKPOINT);
  if (existsSync(kept)) {
    mkdirSync(folder, { recursive: true });
    copyFileSync(kept, join(folder, CHECKPOINT));
    const ids = { 'cluster.id': cluster.clusterId, 'node.id': nodeId, 'directory.id': newClusterId() };
    writeFileSync(join(folder, 'meta.properties'), propertyLines({ version: 1, ...ids })); // last: it says that all is there
    return;
  }
  await formatByKafka(cluster, settings);
  if (!existsSync(dirname(kept))) return; // the archives are being made
  const draft = `${kept}.${process.pid}-${nodeId}`;
  copyFileSync(join(folder, CHECKPOINT), draft);
  renameSync(draft, kept);
}

function formatByKafka(cluster: ClusterPlan, settings: string): Promise<void> {
  const jvm = ['-Xmx128m', ...QUICK.slice(2), ...archiveOptions(cluster.jars, 'kafka')];
  const args = [...jvm, '-cp', cluster.jars.kafka, 'kafka.tools.StorageTool'];
  const how = ['format', '--ignore-formatted', '-t', cluster.clusterId, '-c', settings];
  return new Promise((resolve, reject) => {
    execFile(cluster.java, [...args, ...how], { timeout: FORMAT_MS }, (error, stdout, stderr) => {
      if (!error) return resolve();
      const why = `${stderr}${stdout}`.trim().split('\n').slice(-8).join('\n  ') || error.message;
      reject(
        new EssError('ESS_STACK', `the data folder could not be formatted for Kafka:\n  ${why}`, { cause: error }),
      );
    });
  });
}

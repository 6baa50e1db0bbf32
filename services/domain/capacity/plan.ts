// What a number of partners and rules needs, from what one delivery was measured to cost (costs.ts), and what is the first to run out.
import {
  BROKER_CORES,
  BROKER_CPU_US,
  BROKER_DISK_GB,
  BROKER_GROUPS,
  BROKER_SENDS_MB,
  CELL_BYTES,
  IDLE_CORES,
  PARTNER_MB,
  PROCESS_MB,
  PROCESS_PARTNERS,
  PROCESS_PER_SECOND,
  ROW_BYTES,
  VIEW_CELLS,
  WORKER_CPU_US,
} from './costs.ts';

export interface CapacityAsked {
  readonly partners: number;
  readonly rulesPerSecond: number;
  /** Of all rules, those that a partner wants: 0 to 1. */
  readonly inScope: number;
  /** How long a partner takes to answer, ms. */
  readonly answerMs: number;
  readonly ruleBytes: number;
  /** Rules that are in force. */
  readonly rules: number;
  /** Partitions of the source topic. */
  readonly partitions: number;
  /** Requests in flight of one partner in one process (`deliver.concurrency`). */
  readonly concurrency: number;
  readonly replication: number;
  readonly rulesDays: number;
  readonly auditDays: number;
}

export const DEFAULTS: Omit<CapacityAsked, 'partners' | 'rulesPerSecond'> = {
  inScope: 1,
  answerMs: 50,
  ruleBytes: 500,
  rules: 10_000,
  partitions: 12,
  concurrency: 64,
  replication: 3,
  rulesDays: 7,
  auditDays: 90,
};

/** How workers are laid out. */
export interface Layout {
  readonly processes: number;
  readonly cores: number;
  readonly memoryMb: number;
}

/** Something that runs out. */
export interface Limit {
  readonly what: string;
  /** Of what it bears; more than 1: it does not. */
  readonly used: number;
  readonly remedy: string;
}

export interface CapacityPlan {
  readonly asked: CapacityAsked;
  readonly deliveriesPerSecond: number;
  /** Of one partner, so that its answers do not hold it back. */
  readonly workersPerPartner: number;
  /** Several partners in a process. */
  readonly shared: Layout;
  /** A process, or more, for each partner, as on Kubernetes. */
  readonly apart: Layout;
  readonly brokers: {
    readonly count: number;
    readonly cores: number;
    /** To consumers, MB/s. */
    readonly sendsMb: number;
    readonly diskGb: number;
  };
  readonly viewMb: number;
  /** The first to run out at the top. */
  readonly limits: readonly Limit[];
}

const SECONDS_A_DAY = 86_400;

export function planCapacity(asked: CapacityAsked): CapacityPlan {
  const { partners, rulesPerSecond, answerMs, concurrency, replication, ruleBytes } = asked;
  const perPartner = rulesPerSecond * asked.inScope;
  const deliveriesPerSecond = partners * perPartner;
  const byAnswers = (perPartner * answerMs) / 1_000 / concurrency;
  const workersPerPartner = Math.max(1, Math.ceil(byAnswers), Math.ceil(perPartner / PROCESS_PER_SECOND));

  const sharedProcesses = Math.max(
    workersPerPartner,
    Math.ceil(deliveriesPerSecond / PROCESS_PER_SECOND),
    Math.ceil((partners * workersPerPartner) / PROCESS_PARTNERS),
  );
  const layout = (processes: number): Layout => ({
    processes,
    cores: Math.max(
      processes * IDLE_CORES,
      (deliveriesPerSecond * at(WORKER_CPU_US, deliveriesPerSecond / processes)) / 1e6,
    ),
    memoryMb: processes * (PROCESS_MB - PARTNER_MB) + partners * workersPerPartner * PARTNER_MB,
  });

  // Each group reads every rule, in scope or not.
  const sendsMb = (rulesPerSecond * ruleBytes * (partners + replication - 1)) / 1e6;
  // A replica writes and answers fetches as a leader does; that was not measured, so it counts as much.
  const brokerCores = (deliveriesPerSecond * at(BROKER_CPU_US, deliveriesPerSecond) * replication) / 1e6;
  const kept = rulesPerSecond * ruleBytes * asked.rulesDays + deliveriesPerSecond * ROW_BYTES * asked.auditDays;
  const diskGb = (kept * SECONDS_A_DAY * replication) / 1e9;
  const brokersFor = [
    sendsMb / BROKER_SENDS_MB,
    partners / BROKER_GROUPS,
    brokerCores / BROKER_CORES,
    diskGb / BROKER_DISK_GB,
  ];
  const count = Math.max(replication, ...brokersFor.map(Math.ceil));
  const cells = partners * asked.rules;
  const limits: Limit[] = [
    {
      what: `workers of a partner: ${workersPerPartner}, of ${asked.partitions} partitions`,
      used: workersPerPartner / asked.partitions,
      remedy: 'more partitions (ess topics grow), or a higher deliver.concurrency if the partner bears it',
    },
    {
      what: `deliveries of a partner: ${round(perPartner)}/s, of ${asked.partitions * PROCESS_PER_SECOND}/s with a process for each partition`,
      used: perPartner / (asked.partitions * PROCESS_PER_SECOND),
      remedy: 'more partitions (ess topics grow), or onBacklog: latest',
    },
    {
      what: `what brokers send to consumers: ${round(sendsMb)} MB/s, of ${BROKER_SENDS_MB} for each of ${replication} brokers`,
      used: sendsMb / (BROKER_SENDS_MB * replication),
      remedy:
        'more brokers, or topics of their own for partners that want few of the rules: each group reads every rule',
    },
    {
      what: `consumer groups: ${partners}, of ${BROKER_GROUPS} for each of ${replication} brokers`,
      used: partners / (BROKER_GROUPS * replication),
      remedy: 'more brokers; partners that stream from the bridge need no group',
    },
    {
      what: `cores of brokers: ${round(brokerCores)}, of ${BROKER_CORES} for each of ${replication} brokers`,
      used: brokerCores / (BROKER_CORES * replication),
      remedy: 'more brokers: the rows of the audit are most of their work',
    },
    {
      what: `disk of brokers: ${round(diskGb)} GB, of ${BROKER_DISK_GB} for each of ${replication} brokers`,
      used: diskGb / (BROKER_DISK_GB * replication),
      remedy: 'a shorter retention of ess.audit (infra/topics.yaml) with a copy elsewhere, or more brokers',
    },
    {
      what: `cells of the view: ${cells}, of ${VIEW_CELLS} that were measured`,
      used: cells / VIEW_CELLS,
      remedy:
        'an observer and a console for each part of the partners (--connectors), with the memory that is said above',
    },
    {
      what: `partners of one process: ${Math.ceil(partners / sharedProcesses)}, of ${PROCESS_PARTNERS}`,
      used: partners / sharedProcesses / PROCESS_PARTNERS,
      remedy: 'more processes, each with its partners',
    },
  ];
  return {
    asked,
    deliveriesPerSecond,
    workersPerPartner,
    shared: layout(sharedProcesses),
    apart: layout(partners * workersPerPartner),
    brokers: { count, cores: brokerCores, sendsMb, diskGb },
    viewMb: (cells * CELL_BYTES) / 1e6,
    limits: limits.toSorted((a, b) => b.used - a.used),
  };
}

const round = (value: number): number => Number(value.toPrecision(3));

/** Between two measured points along a line of their logarithms; outside of them as at the nearest. */
function at(measured: ReadonlyArray<readonly [perSecond: number, us: number]>, perSecond: number): number {
  const above = measured.findIndex(([rate]) => rate >= perSecond);
  const [low, high] = [measured[Math.max(0, above - 1)], measured[above]];
  if (above <= 0 || !low || !high) return (above === 0 ? measured[0] : measured.at(-1))?.[1] ?? 0;
  const share = Math.log(perSecond / low[0]) / Math.log(high[0] / low[0]);
  return Math.exp(Math.log(low[1]) + share * Math.log(high[1] / low[1]));
}

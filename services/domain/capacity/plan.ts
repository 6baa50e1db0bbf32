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
  /** Of one broker. */
  readonly brokerDiskGb: number;
  readonly brokerCores: number;
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
  brokerDiskGb: BROKER_DISK_GB,
  brokerCores: BROKER_CORES,
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
  /** Of what is there; more than 1: it is not enough. */
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
  const cores = (deliveriesPerSecond * at(BROKER_CPU_US, deliveriesPerSecond) * replication) / 1e6;
  const kept = rulesPerSecond * ruleBytes * asked.rulesDays + deliveriesPerSecond * ROW_BYTES * asked.auditDays;
  const diskGb = (kept * SECONDS_A_DAY * replication) / 1e9;
  const brokersFor = [
    sendsMb / BROKER_SENDS_MB,
    partners / BROKER_GROUPS,
    cores / asked.brokerCores,
    diskGb / asked.brokerDiskGb,
  ];
  const count = Math.max(replication, ...brokersFor.map(Math.ceil));
  const cells = partners * asked.rules;
  const ofBrokers = (what: string, needed: number, each: number, unit: string, remedy: string): Limit => {
    const enough = Math.ceil(needed / each);
    return {
      what: `${what}: ${shown(needed)}${unit}; ${replication} brokers are good for ${shown(each * replication)}${unit}`,
      used: needed / (each * replication),
      remedy: enough > replication ? remedy.replace('more brokers', `${shown(enough)} brokers`) : remedy,
    };
  };
  const limits: Limit[] = [
    {
      what: `workers of a partner: ${shown(workersPerPartner)}, of ${shown(asked.partitions)} partitions`,
      used: workersPerPartner / asked.partitions,
      remedy: 'more partitions (ess topics grow), or a higher deliver.concurrency if the partner can take it',
    },
    {
      what: `deliveries of a partner: ${shown(perPartner)}/s, of ${shown(asked.partitions * PROCESS_PER_SECOND)}/s with a process for each partition`,
      used: perPartner / (asked.partitions * PROCESS_PER_SECOND),
      remedy: 'more partitions (ess topics grow), or deliver.catchUp: latest',
    },
    ofBrokers(
      'what brokers send to consumers',
      sendsMb,
      BROKER_SENDS_MB,
      ' MB/s',
      'more brokers, or topics of their own for partners that want few of the rules: each group reads every rule',
    ),
    ofBrokers(
      'consumer groups',
      partners,
      BROKER_GROUPS,
      '',
      'more brokers; partners that stream from the bridge need no group',
    ),
    ofBrokers(
      'CPU of brokers',
      cores,
      asked.brokerCores,
      ' cores',
      'more brokers: the rows of the audit are most of their work',
    ),
    ofBrokers(
      'disk of brokers',
      diskGb,
      asked.brokerDiskGb,
      ' GB',
      'a shorter retention of ess.audit (infra/topics.yaml) with a copy elsewhere, or more brokers',
    ),
    {
      what: `cells of the view: ${shown(cells)}, of ${shown(VIEW_CELLS)} that were measured`,
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
    brokers: { count, cores, sendsMb, diskGb },
    viewMb: (cells * CELL_BYTES) / 1e6,
    limits: limits.toSorted((a, b) => b.used - a.used),
  };
}

/** Whole as it is, else three digits; with separators. */
const shown = (value: number): string =>
  (Number.isInteger(value) ? value : Number(value.toPrecision(3))).toLocaleString('en-US', {
    maximumFractionDigits: 9,
  });

/** Between two measured points along a line of their logarithms; outside of them as at the nearest. */
function at(measured: ReadonlyArray<readonly [perSecond: number, us: number]>, perSecond: number): number {
  const above = measured.findIndex(([rate]) => rate >= perSecond);
  const [low, high] = [measured[Math.max(0, above - 1)], measured[above]];
  if (above <= 0 || !low || !high) return (above === 0 ? measured[0] : measured.at(-1))?.[1] ?? 0;
  const share = Math.log(perSecond / low[0]) / Math.log(high[0] / low[0]);
  return Math.exp(Math.log(low[1]) + share * Math.log(high[1] / low[1]));
}

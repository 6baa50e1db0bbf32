// Every command of `ess`. A new one is an entry here, a file under commands/ and an entry in test/flows/commands.test.ts.
import { Command } from 'commander';

export interface CommandEntry {
  /** Arguments and description as the command itself has them, for the list of commands: that imports none of them. */
  readonly usage: string;
  readonly description: string;
  /** The command's file exports one function that adds it; it is imported only when named, which keeps start-up short. */
  readonly load: () => Promise<(program: Command) => void>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: {
    usage: '[options]',
    description: 'starts a local Kafka, a schema registry and the demo partners, until Ctrl-C',
    load: async () => (await import('./commands/up.ts')).addUpCommand,
  },
  publish: {
    usage: '[options] <file>',
    description: 'publishes rules from a file of JSON or JSON lines, or from stdin',
    load: async () => (await import('./commands/publish.ts')).addPublishCommand,
  },
  demo: {
    usage: '[options]',
    description: 'the outage exercise: two partners go away, publish on, bring them back, check that nothing was lost',
    load: async () => (await import('./commands/local/demo.ts')).addDemoCommand,
  },
  start: {
    usage: '[options]',
    description:
      'starts Kafka, registry, demo partners and worker, publishes the wildfire rule, and stays until Ctrl-C',
    load: async () => (await import('./commands/local/start.ts')).addStartCommand,
  },
  topics: {
    usage: '',
    description: 'the topics that ESS needs',
    load: async () => (await import('./commands/topics.ts')).addTopicsCommand,
  },
  access: {
    usage: '',
    description: 'who may do what at Kafka: the rights of infra/access.yaml',
    load: async () => (await import('./commands/access/access.ts')).addAccessCommand,
  },
  doctor: {
    usage: '[options]',
    description:
      'looks at all that a start needs: brokers, TLS, rights, topics, registry, schemas, records, connectors, clocks, disk, ports',
    load: async () => (await import('./commands/doctor/doctor.ts')).addDoctorCommand,
  },
  worker: {
    usage: '[options] [partners...]',
    description: 'delivers published rules to partners; start it several times to share the partitions',
    load: async () => (await import('./commands/worker.ts')).addWorkerCommand,
  },
  serve: {
    usage: '[options]',
    description:
      'keeps every program of a small installation running: worker, inbound, bridge, observer, console; one log on stdout, one stop',
    load: async () => (await import('./commands/serve/serve.ts')).addServeCommand,
  },
  audit: {
    usage: '[options]',
    description: 'every attempt to settle a record: when, for whom, how it ended; oldest first',
    load: async () => (await import('./commands/audit/audit.ts')).addAuditCommand,
  },
  latency: {
    usage: '[options] <partner>',
    description: "where the time from publish to a partner's ack went, stage by stage, and whose time it was",
    load: async () => (await import('./commands/latency/latency.ts')).addLatencyCommand,
  },
  capacity: {
    usage: '[options]',
    description:
      'what a number of partners and rules needs: workers, memory, brokers, disk, and what is the first to run out',
    load: async () => (await import('./commands/capacity/capacity.ts')).addCapacityCommand,
  },
  logs: {
    usage: '[options]',
    description: 'what the events in the logs mean, and what to do about them',
    load: async () => (await import('./commands/logs/logs.ts')).addLogsCommand,
  },
  completion: {
    usage: '<shell>',
    description: 'prints a script that completes ess in your shell',
    load: async () => {
      const { addCompletionCommand } = await import('./commands/completion/completion.ts');
      return (program) => addCompletionCommand(program, allCommands);
    },
  },
  config: {
    usage: '[options]',
    description: 'print every environment variable, its value and where it came from; secrets are masked',
    load: async () => (await import('./commands/config.ts')).addConfigCommand,
  },
  connector: {
    usage: '',
    description: "partners' contracts: the folders under connectors/",
    load: async () => (await import('./commands/connector/connector.ts')).addConnectorCommand,
  },
  schemas: {
    usage: '',
    description: 'the Avro schemas of schemas/ and the schema registry',
    load: async () => (await import('./commands/schemas.ts')).addSchemasCommand,
  },
  'dead-letters': {
    usage: '',
    description: 'records that were parked: list, show, redrive or drop them',
    load: async () => (await import('./commands/dead-letters/dead-letters.ts')).addDeadLettersCommand,
  },
  lockstep: {
    usage: '[options] [partners...]',
    description: 'which partner holds which version of which rule: what drifts, since when, and why',
    load: async () => (await import('./commands/lockstep/lockstep.ts')).addLockstepCommand,
  },
  rule: {
    usage: '[options] <id>',
    description:
      'everything known of one rule: versions, stamps, and per partner from published to acked, with attempts',
    load: async () => (await import('./commands/rule/rule.ts')).addRuleCommand,
  },
  console: {
    usage: '[options]',
    description: 'the lock-step view in the browser: which partner drifts, since when, and why; and what happened',
    load: async () => (await import('./commands/console/console.ts')).addConsoleCommand,
  },
  observer: {
    usage: '[options]',
    description: 'drift and lag of every partner as metrics, also while none of its workers runs',
    load: async () => (await import('./commands/observer/observer.ts')).addObserverCommand,
  },
  approve: {
    usage: '[options] <id>',
    description: 'lets a replay, redrive or drop run that somebody else has proposed',
    load: async () => (await import('./commands/approve/approve.ts')).addApproveCommand,
  },
  proposals: {
    usage: '[options]',
    description: 'replays, redrives and drops that wait for a second person',
    load: async () => (await import('./commands/approve/proposals.ts')).addProposalsCommand,
  },
  replay: {
    usage: '[options] [partner]',
    description: 'sends a partner again what it was sent before, while its workers run',
    load: async () => (await import('./commands/replay/replay.ts')).addReplayCommand,
  },
  status: {
    usage: '[options] [partners...]',
    description:
      'workers and their partitions, lag, its cause and its trend, retries, breaker, drift, dead letters, replay',
    load: async () => (await import('./commands/status/status.ts')).addStatusCommand,
  },
  lag: {
    usage: '[options] [partners...]',
    description: 'position, end and lag of each partition, in records and seconds, with its owner',
    load: async () => (await import('./commands/status/status.ts')).addLagCommand,
  },
  pause: {
    usage: '[options] <partner>',
    description: 'sends a partner nothing more, until it is resumed; its records wait in the topic',
    load: async () => (await import('./commands/pause.ts')).addPauseCommand,
  },
  resume: {
    usage: '[options] <partner>',
    description: 'goes on after a pause, where the partner was',
    load: async () => (await import('./commands/pause.ts')).addResumeCommand,
  },
  keys: {
    usage: '',
    description: 'API keys of partners, and tokens of the console',
    load: async () => (await import('./commands/keys.ts')).addKeysCommand,
  },
  bridge: {
    usage: '[options]',
    description:
      'serves /stream (server-sent events) and /replay to partners; start it several times to share the load',
    load: async () => (await import('./commands/bridge.ts')).addBridgeCommand,
  },
  inbound: {
    usage: '[options] [partners...]',
    description: 'opens the doors that partners ring (webhooks); start it several times behind a load balancer',
    load: async () => (await import('./commands/inbound.ts')).addInboundCommand,
  },
  k8s: {
    usage: '',
    description: 'manifests for Kubernetes',
    load: async () => (await import('./commands/k8s/k8s.ts')).addK8sCommand,
  },
  tail: {
    usage: '[options] <topic>',
    description: 'the records of an Avro topic, decoded, one JSON line each; without options the last ten',
    load: async () => (await import('./commands/tail.ts')).addTailCommand,
  },
};

/**
 * Adds what the words of a command line call for: the command that they name; without one the list of commands, which cannot be
 * run; every command where the word is none, so that the nearest can be told.
 */
export async function addCommands(program: Command, words: readonly string[]): Promise<void> {
  const [first, second] = words.filter((word) => !word.startsWith('-'));
  const wanted = first === 'help' ? second : first;
  if (wanted === undefined) return addList(program);
  const named = Object.hasOwn(COMMANDS, wanted) ? [COMMANDS[wanted]] : Object.values(COMMANDS);
  for (const command of named) (await command?.load())?.(program);
}

export function addList(program: Command): void {
  for (const [name, { usage, description }] of Object.entries(COMMANDS))
    program.addCommand(new Command(`${name} ${usage}`.trimEnd()).description(description));
}

/** The whole program, to look at. */
export async function allCommands(): Promise<Command> {
  const program = new Command('ess');
  for (const { load } of Object.values(COMMANDS)) (await load())(program);
  return program;
}

// Every command of `ess`. A new one is a line here, a file under commands/ and an entry in test/flows/commands.test.ts.
import { Command } from 'commander';

/** Each command file exports one function that adds its command; it is imported only when named, which keeps start-up short. */
export const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import('./commands/up.ts')).addUpCommand,
  publish: async () => (await import('./commands/publish.ts')).addPublishCommand,
  demo: async () => (await import('./commands/demo.ts')).addDemoCommand,
  start: async () => (await import('./commands/start.ts')).addStartCommand,
  topics: async () => (await import('./commands/topics.ts')).addTopicsCommand,
  worker: async () => (await import('./commands/worker.ts')).addWorkerCommand,
  audit: async () => (await import('./commands/audit.ts')).addAuditCommand,
  completion: async () => {
    const { addCompletionCommand } = await import('./commands/completion.ts');
    return (program) => addCompletionCommand(program, allCommands);
  },
  config: async () => (await import('./commands/config.ts')).addConfigCommand,
  connector: async () => (await import('./commands/connector.ts')).addConnectorCommand,
  schemas: async () => (await import('./commands/schemas.ts')).addSchemasCommand,
  'dead-letters': async () => (await import('./commands/dead-letters.ts')).addDeadLettersCommand,
  replay: async () => (await import('./commands/replay.ts')).addReplayCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  lag: async () => (await import('./commands/status.ts')).addLagCommand,
  pause: async () => (await import('./commands/pause.ts')).addPauseCommand,
  resume: async () => (await import('./commands/pause.ts')).addResumeCommand,
  keys: async () => (await import('./commands/keys.ts')).addKeysCommand,
  bridge: async () => (await import('./commands/bridge.ts')).addBridgeCommand,
  inbound: async () => (await import('./commands/inbound.ts')).addInboundCommand,
  tail: async () => (await import('./commands/tail.ts')).addTailCommand,
};

/** The whole program, to look at. */
export async function allCommands(): Promise<Command> {
  const program = new Command('ess');
  for (const load of Object.values(COMMANDS)) (await load())(program);
  return program;
}

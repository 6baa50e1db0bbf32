// The `ess` command: parses arguments and hands over to one file per command under commands/.
// Data goes to stdout, everything else to stderr; exit 0 done, 1 failed, 2 wrong usage.

import { EssError } from '@ess/domain/text/error.ts';
import { disarmEnvironment } from '@ess/runtime/settings/unsafe-environment.ts';
import { Command, CommanderError } from 'commander';
import { addCommands } from './commands.ts';
import { COMMANDER_OUTPUT, exitWhenWritten, tell, tellError } from './terminal/print.ts';

// Whoever reads our output may have seen enough, as `| head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const words = process.argv.slice(2);
// These run on, and tell it in their log.
const isProgram = ['worker', 'inbound', 'bridge'].includes(words.find((word) => !word.startsWith('-')) ?? '');
for (const told of disarmEnvironment()) if (!isProgram) tell(`ess: ${told}`);

const program = new Command('ess')
  .description('External System Synchronization: keeps partners in lock-step with published rules')
  .enablePositionalOptions() // else a command takes its subcommands' options when it has some of the same names
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .configureOutput(COMMANDER_OUTPUT)
  .showHelpAfterError('(add --help for usage and examples)');

// What a library throws beside every call would be written by Node as it is.
process.on('uncaughtException', (error) => void fail(error).finally(() => process.exit(1)));

try {
  await addCommands(program, words);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    await fail(error);
    process.exitCode = error instanceof EssError && error.code === 'ESS_USAGE' ? 2 : 1;
    // A connection that is still being tried must not keep a command that has failed.
    exitWhenWritten();
  }
}

async function fail(error: unknown): Promise<void> {
  const { withoutSecrets } = await import('./terminal/without-secrets.ts');
  tellError(error, withoutSecrets);
}

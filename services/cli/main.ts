// The `ess` command: parses arguments and hands over to one file per command under commands/.
// Data goes to stdout, everything else to stderr; exit 0 done, 1 failed, 2 wrong usage.

import { EssError } from '@ess/domain/text/error.ts';
import { disarmEnvironment } from '@ess/runtime/settings/unsafe-environment.ts';
import { tellStarter } from '@ess/runtime/starter.ts';
import { CommanderError } from 'commander';
import { addCommands } from './commands.ts';
import { essProgram } from './program.ts';
import { exitWhenWritten, tell, tellError } from './terminal/print.ts';

const words = process.argv.slice(2);
const [named] = words.filter((word) => !word.startsWith('-'));
// These run on, and tell it in their log.
const isProgram = ['worker', 'inbound', 'bridge', 'observer', 'console', 'serve'].includes(named ?? '');
// Whoever reads our output may have seen enough, as `| head` has. A log is no such output: `serve` stops in good order then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (named !== 'serve') process.exit(error.code === 'EPIPE' ? 0 : 1);
});
for (const told of disarmEnvironment()) if (!isProgram) tell(`ess: ${told}`);

const program = essProgram();

// What a library throws beside every call would be written by Node as it is.
process.on('uncaughtException', (error) => void fail(error).finally(() => process.exit(1)));

try {
  await addCommands(program, words);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    tellStarter({ failed: { code: 'ESS_USAGE', message: error.message } });
  } else {
    await fail(error);
    process.exitCode = error instanceof EssError && error.code === 'ESS_USAGE' ? 2 : 1;
    // A connection that is still being tried must not keep a command that has failed.
    exitWhenWritten();
  }
}

async function fail(error: unknown): Promise<void> {
  const { withoutSecrets } = await import('./terminal/without-secrets.ts');
  tellError(error, withoutSecrets);
  const message = withoutSecrets(error instanceof Error ? error.message : String(error));
  tellStarter({ failed: { ...(error instanceof EssError && { code: error.code }), message } });
}

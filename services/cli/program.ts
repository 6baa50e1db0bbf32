// The `ess` command without its commands.
import { readFileSync } from 'node:fs';
import { EssError } from '@ess/domain/text/error.ts';
import { Command } from 'commander';
import { COMMANDER_OUTPUT } from './terminal/print.ts';

const MANIFEST = new URL('../../package.json', import.meta.url);

export function essProgram(): Command {
  const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { readonly version: string };
  return new Command('ess')
    .version(version)
    .description('External System Synchronization: keeps partners in lock-step with published rules')
    .enablePositionalOptions() // else a command takes its subcommands' options when it has some of the same names
    .exitOverride()
    .configureOutput(COMMANDER_OUTPUT)
    .showHelpAfterError('(add --help for usage and examples)')
    .hook('preAction', (_, command) => refuseMisplacedOptions(command));
}

/** Options before a subcommand are its parent's, and nobody would read them: `ess replay --dry-run cancel ID` would cancel. */
function refuseMisplacedOptions(command: Command): void {
  for (let { parent } = command; parent; { parent } = parent) {
    const above = parent;
    const given = above.options.find((option) => above.getOptionValueSource(option.attributeName()) === 'cli');
    if (given)
      throw new EssError(
        'ESS_USAGE',
        `${given.long} before "${command.name()}" is an option of "${nameOf(above)}": write it behind, if "${nameOf(command)}" has it (--help)`,
      );
  }
}

const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

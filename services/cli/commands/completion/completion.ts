// `ess completion SHELL`: prints a script that completes commands, options and partners.
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import type { Command } from 'commander';
import { printAll } from '../../terminal/print.ts';
import { bashCompletion, completionNodes, fishCompletion, zshCompletion } from './completion-script.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** @param allCommands makes the whole program: a command is loaded alone otherwise */
export function addCompletionCommand(program: Command, allCommands: () => Promise<Command>): void {
  program
    .command('completion')
    .description('prints a script that completes ess in your shell')
    .argument('<shell>', Object.keys(SHELLS).join(', '))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(npx ess completion bash)\n  npx ess completion fish > ~/.config/fish/completions/ess.fish',
    )
    .action(async (shell: string) => {
      if (!Object.hasOwn(SHELLS, shell))
        throw new EssError(
          'ESS_USAGE',
          `there is no completion for "${shell}": ${didYouMean(shell, Object.keys(SHELLS))}`,
        );
      await printAll(SHELLS[shell as keyof typeof SHELLS](completionNodes(await allCommands())).split('\n'));
    });
}

// A question before something that cannot be taken back: on a terminal it is asked, in a script --yes answers it.
import { EssError } from '@ess/domain/text/error.ts';
import { Questions } from './questions.ts';

/**
 * @param canPreview the command has --dry-run
 * @returns whether to go on
 * @throws EssError ESS_USAGE when nobody is there to be asked
 */
export async function confirm(question: string, yes: boolean | undefined, canPreview = false): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new EssError(
      'ESS_USAGE',
      `${question} Nobody is here to be asked: add --yes${canPreview ? ', or --dry-run to see only' : ''}`,
    );
  using questions = new Questions();
  return /^y(es)?$/i.test((await questions.ask(`${question} [y/N] `)) ?? '');
}

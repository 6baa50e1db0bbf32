// `ess dead-letters list` and `show`: what was parked, and what has become of it.
import { EssError } from '@ess/domain/text/error.ts';
import { checkPosition, findLetters } from '@ess/orders/letters/letters.ts';
import { print, printAll, printJson, tell } from '../../terminal/print.ts';
import type { FilterOptions } from './letter-options.ts';
import { filterOf, openLetters, statesOf } from './letter-options.ts';
import { LETTER_HEADER, letterInFull, letterJson, letterLine } from './letter-table.ts';

export async function listLetters(options: FilterOptions & { state?: string; limit: number }): Promise<void> {
  const states = statesOf(options.state);
  const filter = { ...filterOf(options), ...(states ? { states } : {}) };
  const { kafka, codec } = await openLetters();
  let shown = 0;
  const max = options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit;
  for await (const page of findLetters(kafka, codec, filter)) {
    const rest = page.slice(0, max - shown);
    if (shown === 0 && !options.json) print(LETTER_HEADER);
    await printAll(rest.map((found) => (options.json ? JSON.stringify(letterJson(found)) : letterLine(found))));
    shown += rest.length;
    if (rest.length < page.length || shown >= max) {
      tell(`${shown} shown; --limit 0 shows all`);
      return;
    }
  }
  tell(shown === 0 ? 'no dead letter' : `${shown} shown`);
}

export async function showLetter(position: string, options: FilterOptions): Promise<void> {
  const filter = { ...filterOf(options), positions: new Set([checkPosition(position)]) };
  const { kafka, codec } = await openLetters();
  const found = new Map<string, Record<string, unknown>>();
  for await (const page of findLetters(kafka, codec, filter))
    for (const letter of page) found.set(letter.letter.partner, await letterInFull(letter, codec));
  const letters = [...found.values()];
  if (letters.length === 0)
    throw new EssError(
      'ESS_STACK',
      `no dead letter of ${position}: "ess dead-letters list --state all" shows those there are`,
    );
  if (letters.length > 1)
    throw new EssError('ESS_USAGE', `${position} was parked for ${[...found.keys()].join(', ')}: add --partner`);
  if (options.json) print(JSON.stringify(letters[0]));
  else await printJson(letters[0]);
}

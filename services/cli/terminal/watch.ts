// `--watch [seconds]`: a command that goes on showing its picture, as `top` does.
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';

/** Seconds; true: as often as usual. */
export type Watch = number | true;

const USUAL_S = 2;

export const watchOption = (): Option =>
  new Option('--watch [seconds]', `again every so many seconds, like top (default ${USUAL_S})`).argParser(seconds);

/** Resolves when it is time to look again, with false when nobody watches. */
export async function looksAgain(watch: Watch | undefined): Promise<boolean> {
  if (watch === undefined) return false;
  await delay((watch === true ? USUAL_S : watch) * 1000);
  return true;
}

function seconds(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0.5) return number;
  throw new InvalidArgumentError('seconds, at least 0.5.');
}

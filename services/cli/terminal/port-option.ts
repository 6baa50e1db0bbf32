// The number of a port, as an option gives it: what a setting refuses is refused here too.
import { port } from '@ess/runtime/settings/setting.ts';
import { InvalidArgumentError } from 'commander';

export function portNumber(text: string): number {
  const read = port(text);
  if (typeof read === 'number') return read;
  throw new InvalidArgumentError(`It ${read.wrong}.`);
}

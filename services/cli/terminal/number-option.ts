// A number as an option gives it: what a setting refuses is refused here too.
import type { Parse } from '@ess/runtime/settings/setting.ts';
import { port, threadCount } from '@ess/runtime/settings/setting.ts';
import { InvalidArgumentError } from 'commander';

export const portNumber = numberBy(port);
export const threadNumber = numberBy(threadCount);

function numberBy(parse: Parse<number>): (text: string) => number {
  return (text) => {
    const read = parse(text);
    if (typeof read === 'number') return read;
    throw new InvalidArgumentError(`It ${read.wrong}.`);
  };
}

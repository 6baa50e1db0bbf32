// `node infra/local/fetch.ts`: fetches the jars of the local stack ahead of time, and prepares their classes; setup uses it. Does nothing when
// they are there.
import { inspect } from 'node:util';
import { EssError } from '@ess/domain/text/error.ts';
import { printableLines } from '@ess/domain/text/printable.ts';
import { createProgress } from './machine/progress.ts';
import { recordClasses } from './record-classes.ts';

const progress = createProgress();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort(signal));
try {
  await recordClasses(progress.show, stopping.signal);
} catch (error) {
  process.exitCode = 1;
  if (!stopping.signal.aborted)
    console.error(printableLines(error instanceof EssError ? `\ness: ${error.message}` : inspect(error)));
} finally {
  progress.end();
}

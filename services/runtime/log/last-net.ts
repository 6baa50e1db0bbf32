// The last net of a program: a promise that nobody waited for. Where the work of one partner begins, its failure is caught and
// told with the partner's name; what falls through to here is a fault of ours, and says so loudly.
//
// It does not end the process: what failed was one branch of work, and the others are whole, of partners that it does not
// concern above all. An exception that nobody caught is another thing. It left a function in the middle of a synchronous
// step, and what that step was changing may be half changed; Node ends the process then, and another owner goes on from Kafka.
import type { Log } from './log.ts';

/** Returns what takes the net away again. */
export function catchLate(log: Log): () => void {
  const tell = (reason: unknown): void => {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    log.error({ error: String(error), stack: error.stack }, 'promise.unhandled');
  };
  process.on('unhandledRejection', tell);
  return () => void process.off('unhandledRejection', tell);
}

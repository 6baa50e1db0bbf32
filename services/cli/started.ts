// A program that is told to stop while it still waits for Kafka or the registry: it has begun nothing, so it ends at once and
// in good order.
import type { Log } from '@ess/runtime/log.ts';
import type { StopSignal } from '@ess/runtime/stop-signal.ts';

/** Resolves with what has started; when the stop comes first the process ends: kafkajs cannot be told to give up a connect. */
export async function started<T>(starting: Promise<T>, stop: StopSignal, program: string, log: Log): Promise<T> {
  const first = await Promise.race([
    starting.then(
      (value) => ({ value }),
      (error: unknown) => {
        if (!stop.signal.aborted) throw error;
        return undefined;
      },
    ),
    stop.stopped.then(() => undefined),
  ]);
  if (first) return first.value;
  log.info({}, `${program}.stopped`);
  process.exit();
}

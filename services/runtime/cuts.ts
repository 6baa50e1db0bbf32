// What is told of connections that were cut: a number for each, and a line in the log once a minute and address.
import type { Registry } from 'prom-client';
import { Counter } from 'prom-client';
import type { Log } from './log.ts';
import { OnceAMinute } from './once-a-minute.ts';
import type { CutReason } from './socket-guard.ts';

/** @returns for each listener of the program what its guard calls */
export function cutsOf(
  registry: Registry,
  log: Log,
): (listener: string) => (reason: CutReason, holder: string) => void {
  const counter = new Counter({
    name: 'ess_connections_cut_total',
    help: 'Connections cut, and requests refused, without a look at what they ask, by reason',
    labelNames: ['listener', 'reason'],
    registers: [registry],
  });
  const told = new OnceAMinute();
  return (listener) => (reason, holder) => {
    counter.inc({ listener, reason });
    // Browsers open connections that they never use.
    if (reason === 'idle' || !told.isDue(`${reason} ${holder}`)) return;
    log.warn({ listener, reason, address: holder }, 'connections.cut');
  };
}

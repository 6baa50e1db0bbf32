// What is told of a program's connections: how many there are, how many were cut and why, and a line in the log once a minute
// and address.
import type { Registry } from 'prom-client';
import { Counter, Gauge } from 'prom-client';
import type { Log } from '../log/log.ts';
import { OnceAMinute } from '../log/once-a-minute.ts';
import type { GuardOptions, SocketGuard } from './socket-guard.ts';

export class Connections {
  readonly #cut: Counter<'listener' | 'reason'>;
  readonly #log: Log;
  readonly #told = new OnceAMinute();
  readonly #guards = new Map<string, SocketGuard>();

  constructor(registry: Registry, log: Log) {
    this.#log = log;
    const guards = this.#guards;
    this.#cut = new Counter({
      name: 'ess_connections_cut_total',
      help: 'Connections cut, and requests refused, without a look at what they ask, by reason',
      labelNames: ['listener', 'reason'],
      registers: [registry],
    });
    new Gauge({
      name: 'ess_connections',
      help: 'Open connections; anonymous: nobody has shown on them who it is',
      labelNames: ['listener', 'kind'],
      registers: [registry],
      collect() {
        for (const [listener, { size, anonymous }] of guards) {
          this.set({ listener, kind: 'anonymous' }, anonymous);
          this.set({ listener, kind: 'known' }, size - anonymous);
        }
      },
    });
  }

  /** What the guard of this listener calls. */
  cuts(listener: string): GuardOptions['onCut'] {
    return (reason, holder) => {
      this.#cut.inc({ listener, reason });
      // Browsers open connections that they never use.
      if (reason === 'idle' || !this.#told.isDue(`${reason} ${holder}`)) return;
      this.#log.warn({ listener, reason, address: holder }, 'connections.cut');
    };
  }

  show(listener: string, guard: SocketGuard): void {
    this.#guards.set(listener, guard);
  }
}

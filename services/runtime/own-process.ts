// A program that has a process for itself: what its command makes of the settings, how it is told to stop, and how it ends.
import { STOP_GRACE_MS } from '@ess/domain/delivery/rebalance-timeout.ts';
import type { ConnectorSet, ConnectorTaker } from './connectors/connector-set.ts';
import { catchLate } from './log/last-net.ts';
import type { Log, Redactor } from './log/log.ts';
import type { ProgramOptions } from './program.ts';
import type { Settings } from './settings/settings.ts';
import { settingsAs } from './settings/settings.ts';
import { settingsLog } from './settings/settings-log.ts';
import { logUnsafe } from './settings/unsafe-environment.ts';
import { tellStarter } from './starter.ts';
import type { StopSignal } from './stop-signal.ts';
import { untilStopped } from './stop-signal.ts';

/** A program that has started. */
export interface Running extends ConnectorTaker {
  /** At which partners reach it. */
  readonly url?: string;
  /** How long its stop may take, ms; default: 25 s. */
  readonly stopGraceMs?: number;
  /** Ends what is under way in good order. Safe to call twice. */
  stop(): Promise<void>;
}

export class OwnProcess {
  readonly name: string;
  readonly settings: Settings;
  readonly log: Log;
  readonly redactor: Redactor;
  readonly #stop: StopSignal;
  #running: Running | undefined;

  /**
   * @param pretty short log lines for people; default: on a terminal
   * @throws EssError ESS_CONFIG listing every wrong setting
   */
  constructor(name: string, { pretty }: { readonly pretty?: boolean }) {
    this.name = name;
    this.settings = settingsAs(`ess-${name}`);
    const { log, redactor } = settingsLog(name, this.settings, pretty ? { pretty } : {});
    this.log = log;
    this.redactor = redactor;
    logUnsafe(log, this.settings);
    catchLate(log);
    this.#stop = untilStopped(() => {
      const stopMs = this.#running?.stopGraceMs ?? STOP_GRACE_MS;
      tellStarter({ stopMs });
      return stopMs;
    });
  }

  /** What every program is started with. */
  get options(): Omit<ProgramOptions, 'adminPort'> {
    const { adminHost, adminHosts, tracing } = this.settings;
    return {
      log: this.log,
      adminHost,
      adminHosts,
      signal: this.#stop.signal,
      tracing: { settings: tracing, program: this.name, clean: (text) => this.redactor.clean(text) },
      onAdmin: (admin) => tellStarter({ admin }),
      onFatal: () => {
        process.exitCode = 1;
        this.#stop.now();
      },
    };
  }

  /** From the start of a program to the end of this process. @throws what kept it from starting */
  async run(starting: Promise<Running>, connectors: ConnectorSet): Promise<never> {
    const running = await starting.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error;
      return undefined; // it was told to stop before it had begun
    });
    this.#running = running;
    if (running) {
      if (running.url !== undefined) tellStarter({ url: running.url });
      const unfollow = connectors.follow(running);
      await this.#stop.stopped;
      this.log.info({}, `${this.name}.stopping`);
      unfollow();
      await running.stop();
    }
    this.log.info({}, `${this.name}.stopped`);
    process.exit(); // kafkajs restarts a consumer that was stopped in the middle of a join, and never gives up a connect
  }
}

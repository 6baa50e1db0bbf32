// A real Prometheus that watches programs of a test, faster than one does in production.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPrometheus } from '@ess/infra/prometheus/programs.mjs';
import { stringify } from 'yaml';
import { eventually } from '../harness/deadline.ts';
import { freePort } from '../harness/free-port.ts';
import { ALERTS_FILE } from '../monitoring/alert-rules.ts';

/** Scrapes and evaluations follow each other so closely. */
const EVERY = '500ms';

/**
 * alerts.yaml for a test, in which minutes are seconds: nothing waits before it fires or goes on firing after it is over, ranges
 * reach back ten seconds, and a minute of drift is one second. What is compared, and with what, stays.
 */
export function quickened(rules: string): string {
  return rules
    .replaceAll(/^( +)(for|keep_firing_for): .*$/gm, '$1$2: 0s')
    .replaceAll(/\[\d+[mh]\]/g, '[10s]')
    .replaceAll(/offset \d+m/g, 'offset 10s')
    .replaceAll(/time\(\) - \d+/g, 'time() - 10')
    .replace('(ess_drift_oldest_seconds) > 60', '(ess_drift_oldest_seconds) > 1');
}

export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;
  #output = '';

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
    for (const stream of [process.stdout, process.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
  }

  /** @param folder for its files; gone with the test. @param targets host and port of admin listeners, up or not */
  static async start(folder: string, targets: readonly string[]): Promise<Prometheus> {
    const program = findPrometheus('prometheus');
    if (program === undefined) throw new Error('no Prometheus: ask findPrometheus() before');
    const port = await freePort();
    writeFileSync(join(folder, 'alerts.yaml'), quickened(readFileSync(ALERTS_FILE, 'utf8')));
    const config = {
      global: { scrape_interval: EVERY, scrape_timeout: EVERY, evaluation_interval: EVERY },
      rule_files: ['alerts.yaml'],
      scrape_configs: [{ job_name: 'ess', static_configs: [{ targets }] }],
    };
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(config));
    const child = spawn(
      program,
      [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const prometheus = new Prometheus(child, `http://127.0.0.1:${port}`);
    await eventually('Prometheus is ready', async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${prometheus.#output}`);
      return (await fetch(`${prometheus.url}/-/ready`).catch(() => undefined))?.ok || undefined;
    });
    return prometheus;
  }

  /** Resolves when each of them has fired, now or before. */
  async fires(...alerts: readonly string[]): Promise<void> {
    await eventually(`${alerts.join(', ')} fire`, async () => {
      const fired = await this.fired();
      return alerts.every((alert) => fired.has(alert)) || undefined;
    });
  }

  /** Resolves when none of them fires. */
  async clears(...alerts: readonly string[]): Promise<void> {
    await eventually(`${alerts.join(', ')} clear`, async () => {
      const firing = await this.firing();
      return alerts.every((alert) => !firing.has(alert)) || undefined;
    });
  }

  /** Resolves when the alert fires, with what it tells whoever gets it. */
  told(alert: string): Promise<Labels> {
    return eventually(`${alert} fires now`, async () => {
      const { alerts } = await this.#ask<{ alerts: readonly Alert[] }>('alerts');
      return alerts.find(({ labels, state }) => state === 'firing' && nameOf(labels) === alert)?.annotations;
    });
  }

  /** Alerts that fire now, as `EssDrift hospital` where they are about a partner, a door or a program, else by name alone. */
  firing(): Promise<ReadonlySet<string>> {
    return this.#alerts('ALERTS{alertstate="firing"}');
  }

  /** Alerts that have fired since the beginning. */
  fired(): Promise<ReadonlySet<string>> {
    return this.#alerts('max_over_time(ALERTS{alertstate="firing"}[1h])');
  }

  /** @throws when Prometheus does not take the expression */
  async query(expr: string): Promise<Sample[]> {
    const { result } = await this.#ask<Result>(`query?query=${encodeURIComponent(expr)}`);
    return result.flatMap(({ metric, value }) =>
      metric && value ? [{ labels: metric, value: Number(value[1]) }] : [],
    );
  }

  /** @param series a selector */
  labelValues(label: string, series: string): Promise<string[]> {
    return this.#ask(`label/${label}/values?match[]=${encodeURIComponent(series)}`);
  }

  async #alerts(expr: string): Promise<ReadonlySet<string>> {
    return new Set((await this.query(expr)).map(({ labels }) => nameOf(labels)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null && this.#process.kill()) await ended;
  }

  async #ask<T>(path: string): Promise<T> {
    const answer = (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as Answer<T>;
    if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
    return answer.data;
  }
}

const nameOf = ({ alertname, partner, hook, instance }: Labels): string =>
  [alertname, partner ?? hook ?? instance].filter(Boolean).join(' ');

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

type Labels = Readonly<Record<string, string>>;

interface Alert {
  readonly state: string;
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** One series at one moment. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Result {
  readonly result: ReadonlyArray<{ readonly metric?: Labels; readonly value?: readonly [atS: number, value: string] }>;
}

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
 * reach back ten seconds, a minute of drift is one second, two acks are many, and any
 * of the retention that is used up leaves little of it. What is compared, and with what, stays.
 */
export function quickened(rules: string): string {
  return rules
    .replaceAll(/^( +)(for|keep_firing_for): .*$/gm, '$1$2: 0s')
    .replaceAll(/\[\d+[mh]\]/g, '[10s]')
    .replaceAll(/offset \d+m/g, 'offset 10s')
    .replace('< 0.25 * max', '< max')
    .replaceAll('_count[10s])) > 100', '_count[10s])) > 1')
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

  /** Alerts that fire now, as `EssDrift hospital` where they are about a partner or a door, else by name alone. */
  firing(): Promise<ReadonlySet<string>> {
    return this.#alerts('ALERTS{alertstate="firing"}');
  }

  /** Alerts that have fired since the beginning. */
  fired(): Promise<ReadonlySet<string>> {
    return this.#alerts('max_over_time(ALERTS{alertstate="firing"}[1h])');
  }

  /** @returns labels of each series. @throws when Prometheus does not take the expression */
  async query(expr: string): Promise<Labels[]> {
    const { result } = await this.#ask<Result>(`query?query=${encodeURIComponent(expr)}`);
    return (Array.isArray(result) ? result : []).map(({ metric }) => metric ?? {});
  }

  async #alerts(expr: string): Promise<ReadonlySet<string>> {
    const told = ({ alertname, partner, hook }: Labels) => [alertname, partner ?? hook].filter(Boolean).join(' ');
    return new Set((await this.query(expr)).map(told));
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

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

type Labels = Readonly<Record<string, string>>;

interface Result {
  readonly result: ReadonlyArray<{ readonly metric?: Labels }>;
}

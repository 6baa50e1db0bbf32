// What the stream scenarios share: a public topic, a bridge or its floor, clients in their own process, and a paced publisher.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import type { BridgeProcess, Partner } from '../../harness/programs/stream-line.ts';
import { publicRule, StreamLine } from '../../harness/programs/stream-line.ts';
import { nowUs } from '../clock.ts';
import { FloorRun } from '../floor-run.ts';
import type { Lab } from '../lab.ts';
import { Clients } from './clients.ts';

/** The event carries its time in the title, which the mapping hands on. */
const FIELDS = { ruleId: 'ruleId', version: 'version', minIcuBeds: 'bedCap', title: 'sentAtUs' };
const PARTITIONS = 12;
const KEYS = 1_000;
const STEP_MS = 4;
const CHUNK = 5_000;

export interface Server {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
}

export class StreamLab implements AsyncDisposable {
  readonly lab: Lab;
  readonly line: StreamLine;
  readonly partner: Partner;
  readonly clients: Clients;
  #published = 0;

  private constructor(lab: Lab, line: StreamLine, clients: Clients) {
    this.lab = lab;
    this.line = line;
    this.clients = clients;
    this.partner = line.partner('Hospital', { fields: FIELDS });
  }

  static async open(lab: Lab): Promise<StreamLab> {
    return new StreamLab(lab, await StreamLine.open(lab.stack, { partitions: PARTITIONS }), await Clients.start());
  }

  async bridge(
    port = 0,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Server & { readonly process: BridgeProcess }> {
    const limits = {
      ESS_STREAM_CLIENTS: '20000',
      ESS_STREAM_CLIENTS_PER_PARTNER: '20000',
      // All clients come from one address here, and in a storm all at once.
      ESS_BRIDGE_ANONYMOUS_PER_ADDRESS: '20000',
    };
    const process = await this.line.bridge(
      { ...limits, ...settings, ...(this.lab.options.prof ? this.lab.profiling : {}) },
      ['--port', String(port)],
      { script: this.lab.program },
    );
    return { port: Number(new URL(process.url).port), headers: { 'x-api-key': this.partner.key }, process };
  }

  async floor(): Promise<Server & AsyncDisposable> {
    const { brokers, registry } = this.lab.stack;
    const plan = { url: '', concurrency: 0, brokers, registry, topic: this.line.topic, group: `floor-${randomUUID()}` };
    const floor = await FloorRun.start('bare-sse', plan);
    const { port } = floor.begun as { port: number };
    return { port, headers: {}, [Symbol.asyncDispose]: () => floor[Symbol.asyncDispose]() };
  }

  /** Each event at its time, whatever the acknowledgements do. @returns how many */
  async pace(perSecond: number, seconds: number, padBytes = 0): Promise<number> {
    const startedAt = performance.now();
    const sends: Promise<unknown>[] = [];
    const total = Math.round(perSecond * seconds);
    let sent = 0;
    while (sent < total) {
      this.lab.signal.throwIfAborted();
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
      if (due > sent) sends.push(this.line.publish(Array.from({ length: due - sent }, () => this.#rule(padBytes))));
      sent = due;
      await delay(STEP_MS);
    }
    await Promise.all(sends);
    return total;
  }

  /** As fast as they are taken. */
  async fill(events: number): Promise<void> {
    for (let done = 0; done < events; done += CHUNK)
      await this.line.publish(Array.from({ length: Math.min(CHUNK, events - done) }, () => this.#rule(0)));
  }

  #rule(padBytes: number): PublicRule {
    this.#published += 1;
    const rule = publicRule(`r${this.#published % KEYS}`, this.#published, 'Hospital');
    return { ...rule, title: String(nowUs()) + 'x'.repeat(padBytes) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clients[Symbol.asyncDispose]();
    await this.line[Symbol.asyncDispose]();
  }
}

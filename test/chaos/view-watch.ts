// The lock-step view, open while everything is harmed, and asked every second for every cell.

import { join } from 'node:path';
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { View } from '@ess/view/view.ts';
import { eventually } from '../harness/deadline.ts';
import type { Sample } from './check/view-told.ts';
import type { Field } from './field.ts';

const SAMPLE_EVERY_MS = 1_000;

export class ViewWatch implements AsyncDisposable {
  readonly samples: Sample[] = [];
  readonly #view: View;
  readonly #timer: NodeJS.Timeout;

  private constructor(view: View) {
    this.#view = view;
    this.#timer = setInterval(() => this.samples.push(this.sample()), SAMPLE_EVERY_MS);
  }

  static async open({ stack, folder, partners }: Field): Promise<ViewWatch> {
    const options = { withoutEnv: true, sourceSchema: () => readSchema('rules') };
    const load = (name: string) => loadConnector(join(folder, 'connectors'), name, options);
    const { kafka, registry } = stack;
    return new ViewWatch(await View.open({ kafka, registry, connectors: [...partners.keys()].map(load) }));
  }

  sample(): Sample {
    const atMs = Date.now();
    const { cells } = this.#view.answer({ all: true });
    return { atMs, asOfMs: atMs - this.#view.behindMs(atMs), cells };
  }

  /** Everything that was written before is in it. */
  sampleOf(momentMs: number): Promise<Sample> {
    return eventually('the view has read everything', () => {
      const sample = this.sample();
      return sample.asOfMs > momentMs ? sample : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#view[Symbol.asyncDispose]();
  }
}

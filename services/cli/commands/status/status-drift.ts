// What of each partner drifts, for `ess status`: the lock-step view (services/view), built beside what Kafka says at once.
import { EssError } from '@ess/domain/text/error.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { View } from '@ess/view/view.ts';
import { keptView } from '../../kept-view.ts';
import { outgoingConnectors } from '../../outgoing-connectors.ts';

export interface Drift {
  /** Rules that the partner does not hold as they are in force; null when it is not known. */
  readonly rules: number | null;
  /** Null: nothing drifts. */
  readonly oldestSeconds: number | null;
  /** Null: something drifts, or it is not known. */
  readonly inStepSince: string | null;
  /** Why it is not known; null when it is. */
  readonly notKnown: string | null;
}

export interface StatusDriftOptions {
  readonly kafka: Kafka;
  readonly settings: Pick<Settings, 'registry' | 'view'>;
  /** Folder of the connectors. */
  readonly root: string;
  /** As they were asked for; empty: all. */
  readonly names: readonly string[];
}

export class StatusDrift implements AsyncDisposable {
  readonly #options: StatusDriftOptions;
  readonly #partners: ReadonlySet<string>;
  #view: View | undefined;
  #trouble = 'the topics are being read';
  /** Another time it may be opened. */
  #mayPass = false;
  #opened: Promise<void>;

  /** @param partners whose sources can be read */
  constructor(options: StatusDriftOptions, partners: ReadonlySet<string>) {
    this.#options = options;
    this.#partners = partners;
    this.#opened = this.#tryToOpen();
  }

  /** Resolves when it is known, or known why it is not. */
  get opened(): Promise<void> {
    return this.#opened;
  }

  /** Where nobody answered the last time, it is tried once more. */
  tryAgain(): void {
    if (this.#mayPass) this.#opened = this.#tryToOpen();
  }

  ofAll(): (partner: string) => Drift {
    const totals = new Map(this.#view?.answer().partners.map((one) => [one.partner, one]));
    return (partner) => {
      const found = totals.get(partner);
      if (found)
        return {
          rules: found.drifting,
          oldestSeconds: found.oldestDriftSeconds,
          inStepSince: found.inStepSince,
          notKnown: null,
        };
      return unknownDrift(this.#view ? 'its connector or its source cannot be read' : this.#trouble);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened;
    await this.#view?.[Symbol.asyncDispose]();
  }

  #tryToOpen(): Promise<void> {
    this.#mayPass = false;
    return this.#open(this.#options, this.#partners).catch((error: Error) => {
      this.#trouble = error.message;
      this.#mayPass = error instanceof EssError && error.retriable;
    });
  }

  async #open({ kafka, settings, root, names }: StatusDriftOptions, partners: ReadonlySet<string>): Promise<void> {
    const { registry } = settings;
    const outgoing = await outgoingConnectors(root, names, registry);
    const connectors = outgoing.connectors.filter(({ partner }) => partners.has(partner));
    const [{ View }, { createProgress }] = await Promise.all([
      import('@ess/view/view.ts'),
      import('@ess/infra/local/machine/progress.ts'),
    ]);
    const progress = process.stderr.isTTY ? createProgress() : undefined;
    const onProgress = (done: number, of: number) => progress?.show(`reading topics: ${done} of ${of}`);
    try {
      this.#view = await View.open({ kafka, registry, connectors, onProgress, ...keptView(settings) });
    } finally {
      progress?.end();
    }
  }
}

export const unknownDrift = (why: string): Drift => ({
  ...{ rules: null, oldestSeconds: null, inStepSince: null },
  notKnown: why,
});

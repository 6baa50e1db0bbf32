// The desk where orders are given, kept open: what runs and what waits is read from it, and Kafka is asked nothing for that. When
// ess.control cannot be followed any more it is opened again by whoever asks next.
import type { ControlState } from '@ess/domain/control/control-state.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import { farewellWhenOpen } from '@ess/stream/kafkajs/farewell.ts';
import { within } from '@ess/stream/kafkajs/within.ts';

export interface KeptDeskOptions {
  readonly kafka: Kafka;
  readonly registry: RegistryAddress;
  readonly log: Pick<StreamLog, 'warn'>;
}

/** Whoever looks is told rather than kept waiting. */
const OPEN_WITHIN_MS = 3_000;

export class KeptDesk implements AsyncDisposable {
  readonly #options: KeptDeskOptions;
  #now: ControlDesk | undefined;
  #opening: Promise<ControlDesk> | undefined;

  constructor(options: KeptDeskOptions) {
    this.#options = options;
  }

  /** What is on record, as far as it was read; undefined: it is not read yet, or not any more. */
  get state(): ControlState | undefined {
    return this.#now?.state;
  }

  /** @throws EssError ESS_BROKER or ESS_REGISTRY while it cannot be opened, ESS_CONFIG when the schema was never applied */
  async open(): Promise<ControlDesk> {
    const opening = this.#open();
    if (await within(opening, OPEN_WITHIN_MS)) return opening;
    throw new EssError('ESS_BROKER', 'ess.control is being read: ask again in a moment');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await farewellWhenOpen(this.#opening);
  }

  #open(): Promise<ControlDesk> {
    if (this.#opening) return this.#opening;
    const { kafka, registry, log } = this.#options;
    const forget = (error: Error): void => {
      if (this.#opening !== opening) return;
      this.#opening = undefined;
      this.#now = undefined;
      log.warn({ error: String(error) }, 'console.orders-away');
      void opening.then(
        (desk) => desk[Symbol.asyncDispose](),
        () => undefined,
      );
    };
    const opening = ControlDesk.open(kafka, registry, { onCrash: forget });
    this.#opening = opening;
    opening.then((desk) => {
      if (this.#opening === opening) this.#now = desk;
    }, forget);
    return opening;
  }
}

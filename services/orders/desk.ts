// Where orders are given: ess.control as it is now, and a way to write to it.

import type { ControlState } from '@ess/domain/control/control-state.ts';
import { controlKey } from '@ess/domain/control/control-state.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import type { ControlLogOptions, EncodeCommand } from '@ess/stream/read/control-log.ts';
import { ControlLog, commandEncoder } from '@ess/stream/read/control-log.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';

const CLOSE_WITHIN_MS = 5_000;

export class ControlDesk implements AsyncDisposable {
  readonly codec: Codec;
  readonly #log: ControlLog;
  readonly #outbox: Outbox;
  readonly #encode: EncodeCommand;

  private constructor(codec: Codec, log: ControlLog, outbox: Outbox, encode: EncodeCommand) {
    this.codec = codec;
    this.#log = log;
    this.#outbox = outbox;
    this.#encode = encode;
  }

  /**
   * Resolves when every command that was given before has been read.
   * @param on what is called as ControlLog says; without `onCrash` the process ends when ess.control cannot be read any more
   * @throws EssError ESS_BROKER, ESS_REGISTRY, or ESS_CONFIG when the schema was never applied
   */
  static async open(
    kafka: Kafka,
    registry: RegistryAddress,
    on: Partial<Pick<ControlLogOptions, 'onCommand' | 'onCrash'>> = {},
  ): Promise<ControlDesk> {
    const codec = new Codec(registry);
    const encode = await commandEncoder(codec);
    const log = await ControlLog.open({ kafka, codec, onCrash: gone, ...on });
    return new ControlDesk(codec, log, new Outbox(kafka, { isWaitedFor: true }), encode);
  }

  get state(): ControlState {
    return this.#log.state;
  }

  /**
   * Resolves when Kafka has them, and everything that was written before is in `state`.
   * @param rows audit rows of what the commands say; they come first, as who finds the commands does not write them again
   */
  async give(commands: readonly Command[], rows: readonly OutboxRecord[] = []): Promise<void> {
    const records = commands.map((command) => ({
      topic: CONTROL_TOPIC,
      key: controlKey(command),
      value: this.#encode(command),
    }));
    await this.#outbox.append(rows);
    await this.#outbox.append(records);
    await this.#log.caughtUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#outbox.close(CLOSE_WITHIN_MS);
    await this.#log[Symbol.asyncDispose]();
  }
}

function gone(error: Error): void {
  throw new EssError('ESS_BROKER', 'ess.control cannot be read any more', { cause: error });
}

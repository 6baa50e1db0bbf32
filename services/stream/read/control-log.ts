// ess.control, read from its beginning and followed: what every worker and the command line know of the commands.

import type { ControlState } from '@ess/domain/control/control-state.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from 'kafkajs';
import type { StreamLog } from '../kafkajs/client.ts';
import type { Codec } from '../registry/codec.ts';
import { ControlFold } from './control-fold.ts';
import type { Tail } from './follow.ts';
import { follow } from './follow.ts';
import { untilPrepared } from './until-prepared.ts';

export interface ControlLogOptions {
  readonly kafka: Kafka;
  readonly codec: Codec;
  /** Called after each command that is new since `open` resolved. */
  readonly onCommand?: (command: Command) => void;
  readonly onCrash: (error: Error) => void;
  readonly log?: StreamLog;
}

const READ_WITHIN_MS = 20_000;

export class ControlLog implements AsyncDisposable {
  readonly #options: ControlLogOptions;
  readonly #fold: ControlFold;
  #tail: Tail | undefined;
  #live = false;
  /** Why the records under way cannot be read yet. */
  #registryTrouble: unknown;
  readonly #closing = new AbortController();

  private constructor(options: ControlLogOptions) {
    this.#options = options;
    this.#fold = new ControlFold(options.kafka, options.codec);
  }

  get state(): ControlState {
    return this.#fold.state;
  }

  /**
   * Resolves when every command that was given before has been read.
   * @throws EssError ESS_BROKER when that takes too long, ESS_REGISTRY when the registry does not answer meanwhile
   */
  static async open(options: ControlLogOptions): Promise<ControlLog> {
    const control = new ControlLog(options);
    const { kafka, onCrash, log } = options;
    control.#tail = await follow(kafka, { topic: CONTROL_TOPIC, from: 'beginning', ...(log ? { log } : {}) });
    control.#follow(control.#tail).catch(onCrash);
    try {
      await control.caughtUp();
    } catch (error) {
      await control[Symbol.asyncDispose]();
      throw control.#registryTrouble ?? error;
    }
    control.#live = true;
    return control;
  }

  /** Resolves when every command that was given before this call has been read. @throws EssError ESS_BROKER when too late */
  async caughtUp(timeoutMs = READ_WITHIN_MS): Promise<void> {
    await this.#tail?.caughtUp(timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#tail?.close();
  }

  async #follow(tail: Tail): Promise<void> {
    for await (const records of tail) {
      const waits = (error: unknown) => {
        this.#registryTrouble = error;
      };
      if (!(await untilPrepared(this.#options.codec, records, this.#closing.signal, waits))) return;
      this.#registryTrouble = undefined;
      for (const record of records) {
        const command = this.#fold.take(record);
        if (command && this.#live) this.#options.onCommand?.(command);
      }
    }
  }
}

export type EncodeCommand = (command: Command) => Buffer;

/** @throws EssError ESS_REGISTRY when the registry is away, ESS_CONFIG when the schema was never applied */
export async function commandEncoder(codec: Codec): Promise<EncodeCommand> {
  return (await codec.encoder(`${CONTROL_TOPIC}-value`, readSchema(CONTROL_TOPIC) as object)) as EncodeCommand;
}

// ess.control, read from its beginning and followed: what every worker and the command line know of the commands.
import { setTimeout as delay } from 'node:timers/promises';
import { CONTROL_TOPIC, ControlState } from '@ess/domain/control-state.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Kafka } from 'kafkajs';
import type { Codec } from './codec.ts';
import type { Follower } from './follow.ts';
import { followTopic } from './follow.ts';
import type { GroupRecord } from './group.ts';

export interface ControlLogOptions {
  readonly kafka: Kafka;
  readonly codec: Codec;
  /** Called after each command that is new since `open` resolved. */
  readonly onCommand?: (command: Command) => void;
  readonly onCrash: (error: Error) => void;
}

const REGISTRY_RETRY_MS = 500;

export class ControlLog implements AsyncDisposable {
  readonly state = new ControlState();
  readonly #options: ControlLogOptions;
  #follower: Follower | undefined;
  #live = false;
  #closed = false;

  private constructor(options: ControlLogOptions) {
    this.#options = options;
  }

  /** Resolves when every command that was given before has been read. */
  static async open(options: ControlLogOptions): Promise<ControlLog> {
    const log = new ControlLog(options);
    log.#follower = await followTopic({
      kafka: options.kafka,
      topic: CONTROL_TOPIC,
      onRecords: (records) => log.#take(records),
      onCrash: options.onCrash,
    });
    await log.#follower.caughtUp;
    log.#live = true;
    return log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#follower?.[Symbol.asyncDispose]();
  }

  async #take(records: readonly GroupRecord[]): Promise<void> {
    await this.#prepared(records);
    for (const { value } of records) {
      // A tombstone is housekeeping, and what cannot be read is no command of ours.
      const decoded = this.#options.codec.decode(value, 'Command');
      if (!decoded.ok) continue;
      const command = decoded.record as unknown as Command;
      this.state.apply(command);
      if (this.#live) this.#options.onCommand?.(command);
    }
  }

  /** Without the registry a command cannot be read; it is not lost. */
  async #prepared(records: readonly GroupRecord[]): Promise<void> {
    while (!this.#closed) {
      try {
        return await this.#options.codec.prepare(records.map(({ value }) => value));
      } catch {
        await delay(REGISTRY_RETRY_MS);
      }
    }
  }
}

export type EncodeCommand = (command: Command) => Buffer;

/** @throws EssError ESS_REGISTRY when the registry is away, ESS_CONFIG when the schema was never applied */
export async function commandEncoder(codec: Codec): Promise<EncodeCommand> {
  return (await codec.encoder(`${CONTROL_TOPIC}-value`, readSchema(CONTROL_TOPIC) as object)) as EncodeCommand;
}

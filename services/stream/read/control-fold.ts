// Folds the records of ess.control to what they amount to, for everybody who reads the topic. What cannot be obeyed is told once
// and left aside, so that all readers come to the same state, whoever wrote what.

import type { Fault } from '@ess/domain/control/control-check.ts';
import { checkCommand } from '@ess/domain/control/control-check.ts';
import { ControlState } from '@ess/domain/control/control-state.ts';
import { shortened } from '@ess/domain/text/unknown-fields.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '../kafkajs/client.ts';
import type { Codec } from '../registry/codec.ts';
import type { ReadRecord } from '../wire/record-batches.ts';

/** Told one by one; of a million that somebody wrote the rest is only counted. */
const TOLD_MAX = 20;

export class ControlFold {
  readonly state = new ControlState();
  readonly #kafka: Kafka;
  readonly #codec: Codec;
  #leftAside = 0;

  /** @param kafka whose log is told what is left aside */
  constructor(kafka: Kafka, codec: Codec) {
    this.#kafka = kafka;
    this.#codec = codec;
  }

  /** Records that changed nothing, because nobody can have meant them so. */
  get leftAside(): number {
    return this.#leftAside;
  }

  /** Takes the next record in; its schema is at hand (`codec.prepare`). @returns the command, if it is one to obey */
  take(record: ReadRecord): Command | undefined {
    const { value } = record;
    if (value === null) return undefined; // housekeeping
    const decoded = this.#codec.decode(value, CONTROL_TOPIC);
    if (!decoded.ok) return this.#leave(record, undefined, { field: 'value', why: decoded.detail });
    const checked = checkCommand(record.key?.toString() ?? null, decoded.record);
    if ('fault' in checked) return this.#leave(record, decoded.record['id'], checked.fault);
    const { command } = checked;
    const why = this.state.apply(command);
    if (why === undefined) return command;
    // Several workers put an expiry on record, and two people approve at once: whoever came second is told by their own program.
    if (command.kind === 'approved' || command.kind === 'expired') return undefined;
    return this.#leave(record, command.id, { field: command.kind, why });
  }

  #leave({ partition, offset }: ReadRecord, id: unknown, { field, why }: Fault): undefined {
    this.#leftAside += 1;
    if (this.#leftAside > TOLD_MAX) return undefined;
    const log = this.#kafka.logger();
    log.warn('control.leftAside', {
      topic: CONTROL_TOPIC,
      partition,
      offset,
      id: shortened(id),
      field,
      why: shortened(why, 300),
    });
    if (this.#leftAside === TOLD_MAX)
      log.warn('control.leftAside', { untold: 'what else there is of it is not told any more' });
    return undefined;
  }
}

// Commands as a worker sees them: what was asked of it, and how it says how far it is.

import type { ControlState } from '@ess/domain/control/control-state.ts';
import { controlKey } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import type { EncodeCommand } from '@ess/stream/read/control-log.ts';
import type { Appends } from '@ess/stream/write/threaded-outbox.ts';

export interface Control {
  readonly state: ControlState;
  /** Resolves when Kafka has acknowledged them. */
  write(commands: readonly Command[]): Promise<unknown>;
}

export function openControl(state: ControlState, outbox: Appends, encode: EncodeCommand): Control {
  return {
    state,
    write: (commands) =>
      outbox.append(
        commands.map((command) => ({ topic: CONTROL_TOPIC, key: controlKey(command), value: encode(command) })),
      ),
  };
}

// ess.control as a test reads it: cheaper than a process for each question.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { ControlLog } from '@ess/stream/read/control-log.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { eventually, PATIENCE_MS } from '../deadline.ts';
import type { TestStack } from '../test-stack.ts';

export function openControl({ kafka, registry }: TestStack): Promise<ControlLog> {
  return ControlLog.open({ kafka, codec: new Codec(registry), onCrash: console.error });
}

/** What is not yet at an end; that somebody approved it is heard a moment after he did. */
const GOES_ON = new Set(['proposed', 'running']);

/** Waits until a replay is through. @returns how it ended */
export async function replayEnd(
  { state }: Pick<ControlLog, 'state'>,
  id: string,
  timeoutMs = PATIENCE_MS,
): Promise<CommandState['status']> {
  const ended = () => {
    const status = state.find(id)?.status;
    return status !== undefined && GOES_ON.has(status) ? undefined : status;
  };
  return eventually(`the end of replay ${id}`, ended, { timeoutMs });
}

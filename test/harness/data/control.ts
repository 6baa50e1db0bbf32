// ess.control as a test reads it: cheaper than a process for each question.
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { ControlLog } from '@ess/stream/read/control-log.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { eventually, PATIENCE_MS } from '../deadline.ts';
import type { TestStack } from '../test-stack.ts';

export function openControl({ kafka, registry }: TestStack): Promise<ControlLog> {
  return ControlLog.open({ kafka, codec: new Codec(registry), onCrash: console.error });
}

/** Waits until a replay is through. @returns how it ended */
export async function replayEnd(
  { state }: Pick<ControlLog, 'state'>,
  id: string,
  timeoutMs = PATIENCE_MS,
): Promise<CommandState['status']> {
  const ended = () => (state.find(id)?.status === 'running' ? undefined : state.find(id)?.status);
  return eventually(`the end of replay ${id}`, ended, { timeoutMs });
}

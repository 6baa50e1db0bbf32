// The thread that compiles what somebody is writing and makes one record with it (rehearsals.ts).
import { parentPort } from 'node:worker_threads';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import { optionsOf } from '@ess/domain/connector/recipe.ts';
import type { Rehearsed } from '../facts/making.ts';
import { shownMade } from './made.ts';
import type { Rehearse } from './rehearsals.ts';

parentPort?.on('message', ({ recipe, record }: Rehearse) => {
  const { connector, problems } = compileConnector(recipe.folder, optionsOf(recipe));
  const made = connector ? shownMade(connector, withBuffers(record) as Rehearse['record']) : null;
  const answer: Rehearsed = { problems, made };
  // As text: digits that no number holds do not pass from thread to thread.
  parentPort?.postMessage(JSON.stringify(answer));
});

parentPort?.postMessage('ready');

/** Bytes come as such, and mappings expect buffers. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map(withBuffers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBuffers(inner)]));
}

// A bridge whose ids are as long as they can be, partners of one test each, and a stream in which nothing ever comes.
import type { OutgoingHttpHeaders } from 'node:http';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Question, WireAnswer } from '../../fakes/streams/wire-answer.ts';
import { ask } from '../../fakes/streams/wire-answer.ts';
import { TokenIssuer } from '../../fakes/tokens.ts';
import type { TestStack } from '../test-stack.ts';
import { openTestStack } from '../test-stack.ts';
import type { BridgeProcess, Partner } from './stream-line.ts';
import { rulesOf, StreamLine } from './stream-line.ts';

/** Their cursors, while offsets are small, fill 125 of the 128 characters. */
const PARTITIONS = 64;
export const CLIENTS_PER_PARTNER = 12;
export const EVENT_STREAM = 'text/event-stream; charset=utf-8';
export const SAFE_ID = /^[A-Za-z0-9._~-]{1,128}$/;
/** All that a stream may consist of, from its first byte to its last. */
export const STREAM =
  /^(?::\n\n|retry: \d+\n\n|(?:retry: \d+\n)?(?:id: [\w.~-]{1,128}\n)?(?:event: ess\.(?:gap|busy)\n)?(?:data: [^\r\n]*\n)?\n)*$/;

export interface Streams {
  readonly stack: TestStack;
  readonly line: StreamLine;
  readonly bridge: BridgeProcess;
  readonly tokens: TokenIssuer;
  /** With 48 rules of history; its tokens are of the subject `hospital`. */
  readonly hospital: Partner;
  /** Nothing is in its scope, ever. */
  readonly nobody: Partner;
  /** By scope; each is of one test. */
  readonly partners: Readonly<Record<'off' | 'primed' | 'plain' | 'gzip' | 'large', Partner>>;
  /** A stream of `nobody`, from the beginning. */
  readonly idle: WireAnswer;
  /** Before the first rule of the history, ms since 1970. */
  readonly sinceMs: number;
  stream(partner: Partner, query?: string, more?: OutgoingHttpHeaders): Promise<WireAnswer>;
  history(partner: Partner, more?: OutgoingHttpHeaders): Promise<WireAnswer>;
}

export async function openStreams(cleanup: Cleanup): Promise<Streams> {
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const line = await StreamLine.open(stack, { partitions: PARTITIONS });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  const tokens = new TokenIssuer();
  const hospital = line.partner('Hospital', { subject: 'hospital' });
  const nobody = line.partner('nobody');
  const partners = {
    off: line.partner('off'),
    primed: line.partner('primed'),
    plain: line.partner('plain'),
    gzip: line.partner('gzip'),
    large: line.partner('large'),
  };
  const sinceMs = Date.now() - 1_000;
  await line.publish(rulesOf('Hospital', 0, 48));
  const bridge = await line.bridge({
    ...tokens.settings,
    ESS_STREAM_CLIENTS_PER_PARTNER: String(CLIENTS_PER_PARTNER),
  });
  const stream: Streams['stream'] = (partner, query = '', more = {}) =>
    ask(`${bridge.url}/stream${query}`, keyed(partner, more));
  const idle = await stream(nobody);
  cleanup.defer(() => idle[Symbol.dispose]());
  const history: Streams['history'] = (partner, more) => stream(partner, `?since=${sinceMs}`, more);
  return { stack, line, bridge, tokens, hospital, nobody, partners, idle, sinceMs, stream, history };
}

export const keyed = ({ key }: Partner, more: OutgoingHttpHeaders = {}): Question => ({
  headers: { 'x-api-key': key, ...more },
});
export const versions = (answer: WireAnswer): number[] =>
  answer.documents.map(({ version }) => Number(version)).sort((a, b) => a - b);
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
export const has =
  (count: number) =>
  (answer: WireAnswer): boolean =>
    answer.documents.length >= count;

// `ess publish --follow`: rules from JSON lines that go on coming. Each is sent when it comes and answered when Kafka has it, in the
// order of the lines. A line that is wrong is answered in its place, and the others go on.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import { RulePublisher } from '@ess/stream/write/rule-publisher.ts';
import { checkRule, writtenLine } from '../checked-rule.ts';
import { openKafka } from '../open-kafka.ts';
import { ruleLine, unreadable } from '../rule-lines.ts';
import { print, tell } from '../terminal/print.ts';
import type { BadLine } from '../utf8-lines.ts';
import { utf8Lines } from '../utf8-lines.ts';
import { PublishTrace } from './publish-trace.ts';

/** Lines that were sent and are not acknowledged; while there are so many, no more are read. */
export const UNANSWERED_MAX = 1_000;

export type LineAnswer =
  | { readonly line: number; readonly rule: RulePublished; readonly place: Written }
  | { readonly line: number; readonly problems: readonly string[] };

/** @param file or `-` for stdin. Resolves when it has ended, or the process is told to stop, and all lines are answered. */
export async function publishFollowing(file: string, json: boolean): Promise<void> {
  const { kafka, settings } = await openKafka('ess-publish');
  const publisher = await RulePublisher.open(kafka, settings.registry);
  const trace = await PublishTrace.open(settings);
  const stop = untilStopped();
  const input = file === '-' ? process.stdin : createReadStream(file);
  void stop.stopped.then(() => input.destroy());
  try {
    const name = file === '-' ? 'stdin' : file;
    const publish = async (rule: RulePublished) => (await trace.publish(publisher, [rule]))[0] as Written;
    const lines = utf8Lines(chunksOf(input, file));
    const refused = await followRules(name, lines, publish, (answer) => tellAnswer(answer, json));
    if (refused > 0) process.exitCode = 1;
  } finally {
    input.destroy();
    await publisher.close();
    await trace.close();
  }
}

/** Until it ends, or is destroyed by us. @throws EssError when it cannot be read */
async function* chunksOf(input: Readable, file: string): AsyncGenerator<Buffer> {
  try {
    yield* input;
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw unreadable(file, error);
  }
}

/**
 * @param publish resolves when Kafka has the rule
 * @returns how many lines were refused
 */
export async function followRules(
  name: string,
  lines: AsyncIterable<string | BadLine>,
  publish: (rule: RulePublished) => Promise<Written>,
  answer: (answer: LineAnswer) => void,
): Promise<number> {
  let number = 0;
  let refused = 0;
  let unanswered = 0;
  let room = Promise.withResolvers<void>();
  let last: Promise<void> = Promise.resolve();
  try {
    for await (const text of lines) {
      number += 1;
      if (typeof text === 'string' && text.trim() === '') continue;
      const answered = answerTo(name, number, text, publish);
      unanswered += 1;
      last = last.then(async () => {
        const one = await answered;
        if ('problems' in one) refused += 1;
        answer(one);
        unanswered -= 1;
        room.resolve();
      });
      while (unanswered >= UNANSWERED_MAX) {
        room = Promise.withResolvers();
        await room.promise;
      }
    }
  } finally {
    await last; // what was sent is answered, whatever became of the lines
  }
  return refused;
}

/** Never rejects: what goes wrong with a line is its answer. */
async function answerTo(
  name: string,
  line: number,
  text: string | BadLine,
  publish: (rule: RulePublished) => Promise<Written>,
): Promise<LineAnswer> {
  if (typeof text !== 'string') return { line, problems: [`${name}:${line}: ${text.why}`] };
  try {
    const { rule, problems } = checkRule(ruleLine(name, line === 1 ? text.replace(/^\uFEFF/, '') : text, line));
    return problems.length > 0 ? { line, problems } : { line, rule, place: await publish(rule) };
  } catch (error) {
    return { line, problems: [error instanceof Error ? error.message : String(error)] };
  }
}

function tellAnswer(answer: LineAnswer, json: boolean): void {
  const { line } = answer;
  if ('problems' in answer) {
    if (json) print(JSON.stringify({ line, error: answer.problems.join('; ') }));
    else for (const problem of answer.problems) tell(problem);
    return;
  }
  print(writtenLine(answer.rule, answer.place, json, line));
}

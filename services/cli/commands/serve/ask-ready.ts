// Asks a program whether it is ready.
import { nodeHttp } from '@ess/runtime/node-http.ts';

/** An admin listener answers in milliseconds; whoever asks us waits a few seconds at most. */
const ANSWER_MS = 1_000;
const TEXT_CHARS_MAX = 1_000;

/** @param admin URL of its admin listener. @returns what it waits for; undefined: it is ready */
export function notReadyBecause(admin: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const silent = () => resolve(`no answer from ${admin}/readyz`);
    const request = nodeHttp.get(
      `${admin}/readyz`,
      { agent: false, signal: AbortSignal.timeout(ANSWER_MS) },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          if (text.length < TEXT_CHARS_MAX) text += piece;
        });
        answer.once('end', () => resolve(answer.statusCode === 200 ? undefined : text.trim()));
        answer.once('error', silent);
      },
    );
    request.once('error', silent);
  });
}

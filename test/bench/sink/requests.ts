// Requests off a raw socket: as little HTTP as undici needs of a server. A full server (node:http) would cost more CPU than
// what is measured, on a machine where both share two cores.
import type { Socket } from 'node:net';

export interface SinkRequest {
  readonly path: string;
  readonly body: string;
}

/** Answers with a status and an empty body. */
export type Reply = (status: number) => void;

const HEAD_END = '\r\n\r\n';
/** As undici writes it, and as Java does. */
const LENGTHS = ['\r\ncontent-length: ', '\r\nContent-Length: '];

const answers = new Map<number, Buffer>();

export function readRequests(socket: Socket, onRequest: (request: SinkRequest, reply: Reply) => void): void {
  const reply: Reply = (status) => {
    if (!socket.destroyed) socket.write(answerOf(status));
  };
  let text = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1'); // one character per byte: lengths count bytes
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    text = text === '' ? chunk : text + chunk;
    for (;;) {
      const headEnd = text.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const bodyAt = headEnd + HEAD_END.length;
      const end = bodyAt + lengthIn(text, headEnd);
      if (text.length < end) return;
      const path = text.slice(text.indexOf(' ') + 1, text.indexOf(' ', 5));
      const request = { path, body: text.slice(bodyAt, end) };
      text = text.length === end ? '' : text.slice(end);
      onRequest(request, reply);
    }
  });
}

function lengthIn(text: string, headEnd: number): number {
  for (const header of LENGTHS) {
    const at = text.indexOf(header);
    if (at >= 0 && at < headEnd)
      return Number(text.slice(at + header.length, text.indexOf('\r\n', at + header.length)));
  }
  return 0;
}

function answerOf(status: number): Buffer {
  let answer = answers.get(status);
  if (!answer) {
    answer = Buffer.from(`HTTP/1.1 ${status} ${status}\r\ncontent-length: 0\r\n\r\n`);
    answers.set(status, answer);
  }
  return answer;
}

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
  // In the order of the requests, as HTTP/1.1 wants it; what is answered in one turn leaves together.
  const answered: Array<Buffer | undefined> = [];
  let first = 0;
  let isReading = false;
  let isHeld = false;
  const flush = () => {
    isHeld = false;
    let ready = 0;
    while (answered[ready]) ready += 1;
    if (ready === 0 || socket.destroyed) return;
    first += ready;
    const bytes = answered.splice(0, ready) as Buffer[];
    socket.write(ready === 1 ? bytes[0]! : Buffer.concat(bytes));
  };
  const next = (): Reply => {
    const at = first + answered.push(undefined) - 1;
    return (status) => {
      answered[at - first] = answerOf(status);
      if (isReading || isHeld) return;
      if (answered.length === 1) return flush();
      isHeld = true;
      setImmediate(flush);
    };
  };
  let text = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1'); // one character per byte: lengths count bytes
  socket.on('error', () => undefined);
  socket.on('data', (chunk: string) => {
    text = text === '' ? chunk : text + chunk;
    isReading = true;
    for (;;) {
      const headEnd = text.indexOf(HEAD_END);
      const bodyAt = headEnd + HEAD_END.length;
      const end = headEnd < 0 ? Number.POSITIVE_INFINITY : bodyAt + lengthIn(text, headEnd);
      if (text.length < end) break;
      const path = text.slice(text.indexOf(' ') + 1, text.indexOf(' ', 5));
      const request = { path, body: text.slice(bodyAt, end) };
      text = text.length === end ? '' : text.slice(end);
      onRequest(request, next());
    }
    isReading = false;
    if (!isHeld) flush();
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

// A client that asks for something and leaves before it has it, over a real connection, in each way that ends an answer.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:http';
import { connect, constants, createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { HttpAnswer } from '@ess/bridge/http/http-answer.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = constants;

export interface Visit {
  readonly request: IncomingMessage;
  readonly response: HttpAnswer;
  readonly url: URL;
  /** Resolves when the server knows of it. */
  readonly leave: () => Promise<void>;
}

type Ask = (origin: string, path: string) => { readonly leave: () => void; readonly hangUp: () => void };

const overHttp1: Ask = (origin, path) => {
  const asked = get(origin + path).on('error', () => undefined);
  const leave = () => void asked.destroy();
  return { leave, hangUp: leave };
};

const overHttp2 =
  (code: number): Ask =>
  (origin, path) => {
    const session = connect(origin).on('error', () => undefined);
    const asked = session
      .request({ ':path': path })
      .on('error', () => undefined)
      .resume();
    return { leave: () => asked.close(code), hangUp: () => session.destroy() };
  };

const WAYS = {
  'HTTP/1.1, cut': overHttp1,
  'HTTP/2, reset': overHttp2(NGHTTP2_CANCEL),
  'HTTP/2, reset without an error': overHttp2(NGHTTP2_NO_ERROR),
};
export type WayToLeave = keyof typeof WAYS;
export const WAYS_TO_LEAVE = Object.keys(WAYS) as WayToLeave[];

/** Resolves when it has been served, whatever has become of the client. */
export async function visited(way: WayToLeave, path: string, serve: (visit: Visit) => Promise<void>): Promise<void> {
  const server = way === 'HTTP/1.1, cut' ? createServer() : createHttp2();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const coming = once(server, 'request') as Promise<[IncomingMessage, HttpAnswer]>;
  const client = WAYS[way](origin, path);
  try {
    const [request, response] = await coming;
    for (const one of [request, response]) one.on('error', () => undefined);
    const leave = async () => {
      const gone = once(response, 'close');
      client.leave();
      await gone;
    };
    await serve({ request, response, url: new URL(path, origin), leave });
  } finally {
    client.hangUp();
    server.close();
  }
}

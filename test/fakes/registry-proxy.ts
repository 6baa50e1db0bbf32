// What stands before a schema registry elsewhere: a gateway with a path of its own that asks who comes, over TLS or not, and
// sometimes answers in the registry's place. Behind it is the real one.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from '@ess/infra/demo/certificate.ts';

export interface ProxyOptions {
  /** It speaks TLS with this certificate. */
  readonly tls?: Certificate;
  /** A client's certificate has to be of this authority (PEM). */
  readonly clientCa?: string;
  /** The header that lets one in. */
  readonly authorization?: string;
}

/** Instead of the registry's: an answer of its own, a broken connection, or nothing at all. */
export type Instead = { readonly status: number; readonly body: object | string } | 'reset' | 'hang' | undefined;

export class RegistryProxy implements AsyncDisposable {
  /** Paths that the registry behind was asked for. */
  readonly passed: string[] = [];
  /** All that came, with the header that was brought. */
  readonly asked: Array<{ readonly path: string; readonly authorization: string | undefined }> = [];
  /** @param path behind the registry's own, e.g. /schemas/ids/7 */
  instead: (path: string) => Instead = () => undefined;
  readonly #registry: string;
  readonly #options: ProxyOptions;
  readonly #server: ReturnType<typeof createServer>;
  #port = 0;

  private constructor(registry: string, options: ProxyOptions) {
    this.#registry = registry;
    this.#options = options;
    const { tls, clientCa } = options;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server = tls
      ? (createTlsServer({ ...tls, ...(clientCa && { ca: clientCa, requestCert: true }) }, answer) as never)
      : createServer(answer);
  }

  static async start(registry: string, options: ProxyOptions = {}): Promise<RegistryProxy> {
    const proxy = new RegistryProxy(registry, options);
    await proxy.up();
    return proxy;
  }

  /** Nobody listens at its port any more, and who was connected is not. */
  async down(): Promise<void> {
    await this[Symbol.asyncDispose]();
  }

  async up(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Also while nobody listens there. */
  get port(): number {
    return this.#port;
  }

  /** @param user with a colon and a password, written into the address */
  url(user = ''): string {
    return `${this.#options.tls ? 'https' : 'http'}://${user === '' ? '' : `${user}@`}127.0.0.1:${this.port}${PREFIX}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url = '', method = 'GET', socket } = request;
    const path = url.slice(PREFIX.length);
    const { authorization } = request.headers;
    this.asked.push({ path, authorization });
    const send = (status: number, body: object | string) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    if (!url.startsWith(PREFIX)) return send(404, 'no such route') as never;
    if (this.#options.clientCa !== undefined && !(socket as TLSSocket).authorized) return void socket.destroy();
    if (authorization !== this.#options.authorization)
      return void send(401, { error_code: 40101, message: `who is ${authorization}?` });
    const instead = this.instead(path);
    if (instead === 'reset') return void socket.destroy();
    if (instead === 'hang') return;
    if (instead) return void send(instead.status, instead.body);
    this.passed.push(path);
    const body = method === 'GET' ? null : Buffer.concat(chunks);
    const answer = await fetch(this.#registry + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body,
    });
    send(answer.status, await answer.text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A path of its own, with what has to be encoded in one. */
const PREFIX = '/schema%20registry/v1';

// A partner that speaks TLS as it is told to, and takes what it is sent.
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import type { Server, ServerOptions } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export class TlsPartner implements AsyncDisposable {
  readonly server: Server;
  readonly received: Array<{ readonly headers: IncomingHttpHeaders; readonly text: string }> = [];
  /** Values of `authorization` that a test has withdrawn; `status` looks at them. */
  readonly withdrawn = new Set<string>();
  /** Decides the answer; changed by tests at any time. */
  status: (headers: IncomingHttpHeaders) => number | Promise<number> = () => 204;

  private constructor(options: ServerOptions) {
    this.server = createServer(options, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', async () => {
        this.received.push({ headers: request.headers, text: Buffer.concat(chunks).toString() });
        response.writeHead(await this.status(request.headers)).end();
      });
    });
    this.server.on('tlsClientError', () => undefined);
  }

  static async start(options: ServerOptions, port = 0): Promise<TlsPartner> {
    const partner = new TlsPartner(options);
    await once(partner.server.listen(port, '127.0.0.1'), 'listening');
    return partner;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://localhost:${this.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

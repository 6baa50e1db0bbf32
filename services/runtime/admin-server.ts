// The admin listener of a program: /metrics, /livez and /readyz, on 127.0.0.1 unless set otherwise.
import { createServer } from 'node:http';
import type { Registry } from 'prom-client';

export interface Health {
  /** False: the process cannot do its work any more and should be restarted. */
  readonly live: () => boolean;
  /** What is not ready yet; empty when all is. */
  readonly notReady: () => readonly string[];
  /** Called before /metrics is rendered: gauges that are read rather than pushed. */
  readonly refresh?: () => void;
  /** What else there is to read here, by path. */
  readonly pages?: ReadonlyMap<string, { readonly type: string; readonly body: string }>;
}

export interface AdminServer extends AsyncDisposable {
  readonly url: string;
}

/** @param port 0 = any free one; a busy port = the next free one */
export async function startAdminServer(
  registry: Registry,
  health: Health,
  port: number,
  host = '127.0.0.1',
): Promise<AdminServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body);
    if (path === '/livez') answer(health.live() ? 200 : 503, health.live() ? 'ok\n' : 'not live\n');
    else if (path === '/readyz') {
      const waits = health.notReady();
      answer(waits.length === 0 ? 200 : 503, waits.length === 0 ? 'ok\n' : `waiting for: ${waits.join(', ')}\n`);
    } else if (path === '/metrics') {
      // A gauge that cannot be read must not end the process.
      const render = async () => {
        health.refresh?.();
        return registry.metrics();
      };
      render().then(
        (text) => answer(200, text, registry.contentType),
        (error: unknown) => answer(500, `${error}\n`),
      );
    } else {
      const page = health.pages?.get(path ?? '');
      if (page) answer(200, page.body, page.type);
      else answer(404, `there are ${[...(health.pages?.keys() ?? []), '/metrics', '/livez'].join(', ')} and /readyz\n`);
    }
  });
  const bound = await listen(server, port, host);
  return {
    url: `http://${host}:${bound}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once('error', resolve);
      server.listen(candidate, host, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    if (!error) return (server.address() as { port: number }).port;
    if (error.code !== 'EADDRINUSE' || candidate === 0 || candidate >= port + 100) throw error;
  }
}

// Which port a listener gets: 0 is any free one, and one that is busy is left for the next that is free.
import type { AddressInfo, ListenOptions, Server } from 'node:net';

/** So many busy ones in a row are no accident. */
const PORTS_TRIED = 100;

/**
 * @param bind listens at this port
 * @throws what `bind` throws, when it is not that the port is busy
 */
export async function bindNear<T>(port: number, bind: (port: number) => Promise<T>): Promise<T> {
  for (let candidate = port; ; candidate += 1)
    try {
      return await bind(candidate);
    } catch (error) {
      const isBusy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isBusy || candidate === 0 || candidate >= port + PORTS_TRIED) throw error;
    }
}

/** For one of Node's own servers. @returns the port that it got */
export function listenNear(server: Server, { port, ...options }: ListenOptions & { port: number }): Promise<number> {
  return bindNear(port, (candidate) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    server.once('error', reject);
    server.listen({ ...options, port: candidate }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
    return promise;
  });
}

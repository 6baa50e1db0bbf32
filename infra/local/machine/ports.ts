// Which TCP ports on 127.0.0.1 a stack uses: the one asked for, the usual one or the next free one, or any; and where it listens.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { EssError } from '@ess/domain/text/error.ts';

/**
 * Ports that "any" is drawn from. Below 32768, where systems begin to hand out ports to outgoing connections:
 * otherwise, while a broker restarts, somebody's client could sit on its port.
 */
const ANY_PORT = { from: 15_000, to: 32_000 };
const TRIES = 200;

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** We ask at 127.0.0.1, whoever else asks. @param host see StackOptions */
export const listenAt = (host: string): string => (host === '127.0.0.1' ? host : '0.0.0.0');

/** Hands out ports, no port twice. */
export class PortPicker {
  readonly #given = new Set<number>();

  async any(): Promise<number> {
    for (let tries = 0; tries < TRIES; tries++) {
      const port = randomInt(ANY_PORT.from, ANY_PORT.to);
      if (await this.#take(port)) return port;
    }
    throw new EssError('ESS_STACK', `no free port found on 127.0.0.1 between ${ANY_PORT.from} and ${ANY_PORT.to}`);
  }

  /** The usual port, or the next free one above it. */
  async near(usual: number): Promise<number> {
    for (let port = usual; port < usual + TRIES; port++) if (await this.#take(port)) return port;
    return this.any();
  }

  /** `wanted`: a port that must be free, 0 for any, undefined for the usual one or the next. */
  async pick(wanted: number | undefined, usual: number, flag: string): Promise<number> {
    if (wanted === undefined) return this.near(usual);
    if (wanted === 0) return this.any();
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535) {
      throw new EssError('ESS_USAGE', `${flag} ${wanted}: a port is a number from 0 (any free one) to 65535`);
    }
    if (await this.#take(wanted)) return wanted;
    throw new EssError(
      'ESS_STACK',
      `port ${wanted} on 127.0.0.1 is taken; stop what uses it, or pass ${flag} 0 for any free port`,
    );
  }

  async #take(port: number): Promise<boolean> {
    if (this.#given.has(port) || !(await isFree(port))) return false;
    this.#given.add(port);
    return true;
  }
}

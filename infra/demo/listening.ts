// How a demo partner listens: it can be stopped, as in an outage, and started again on its port.
import { PortPicker } from '../local/machine/ports.ts';

export interface ListeningOptions {
  /** 0 = any free one, undefined = the usual one or the next free one */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** What is needed of a server of Fastify. */
interface Server {
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  close(): Promise<unknown>;
}

export class Listening implements AsyncDisposable {
  readonly #build: () => Server;
  readonly #at: { readonly host: string; readonly port: number };
  #server: Server | undefined;
  #gone = false;

  private constructor(build: () => Server, at: { readonly host: string; readonly port: number }) {
    this.#build = build;
    this.#at = at;
  }

  /**
   * @param build a server that does not listen yet, for each start
   * @throws EssError when the port is taken
   */
  static async open(build: () => Server, { port, host }: ListeningOptions, usualPort: number): Promise<Listening> {
    const at = { host: host ?? '127.0.0.1', port: await new PortPicker().pick(port, usualPort, '--port') };
    const listening = new Listening(build, at);
    await listening.restart();
    return listening;
  }

  /** Host and port for those who call it on this machine. */
  get address(): string {
    const { host, port } = this.#at;
    return `${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  }

  /** Connections are cut, new ones refused. */
  async stop(): Promise<void> {
    const running = this.#server;
    this.#server = undefined;
    await running?.close();
  }

  async restart(): Promise<void> {
    await this.stop();
    const fresh = this.#build();
    await fresh.listen(this.#at);
    if (this.#gone) await fresh.close();
    else this.#server = fresh;
  }

  /** For good: what restarts it at this moment is stopped as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#gone = true;
    await this.stop();
  }
}

// The demo species index: has no endpoint for rules, so it streams. Pauses the field surveys of a zone when an order says
// so, and after a time offline reads what it missed from /replay. What it has taken it says by checkpoints.
import { EventSource } from 'eventsource';
import Fastify from 'fastify';
import { PortPicker } from '../local/machine/ports.ts';
import { Checkpoints } from './streaming/checkpoints.ts';

const NAME = 'species-index';
const USUAL_PORT = 7003;

/** One document of the stream, as connectors/species-index/ maps it. */
export interface SurveyOrder {
  readonly order: string;
  readonly revision: number;
  readonly zone: string;
  readonly surveys: 'PAUSE' | 'RESUME';
  readonly noFlyKm?: number | null;
  readonly from?: string | null;
}

export interface SpeciesIndexOptions {
  /** Address of the bridge, e.g. http://127.0.0.1:8082 */
  readonly bridgeUrl: string;
  readonly apiKey: string;
  /** Port of its own list of surveys; 0 = any free one, absent = the usual one or the next free one */
  readonly port?: number;
  readonly host?: string;
  /** Gets one readable line per order. */
  readonly print?: (line: string) => void;
}

export interface SpeciesIndex extends AsyncDisposable {
  readonly name: string;
  /** Where the state of its surveys can be read, e.g. http://127.0.0.1:7003/surveys */
  readonly listUrl: string;
  /** Every order that changed something, in the order it came. */
  readonly received: readonly SurveyOrder[];
  /** Zone → whether surveys rest there. */
  readonly paused: ReadonlyMap<string, boolean>;
  waitFor(what: (received: readonly SurveyOrder[]) => boolean, timeoutMs: number): Promise<void>;
  /** Leaves the stream: what is published now is missed. */
  goOffline(): void;
  /** Streams again and reads what was missed. @returns the orders that /replay had */
  comeBack(sinceMs: number): Promise<readonly SurveyOrder[]>;
  /** Closes stream and server. */
  stop(): Promise<void>;
}

/** Resolves when its list answers and the stream is open. */
export async function startSpeciesIndex(options: SpeciesIndexOptions): Promise<SpeciesIndex> {
  const host = options.host ?? '127.0.0.1';
  const port = await new PortPicker().pick(options.port, USUAL_PORT, '--port');
  const index = new Index(options, `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/surveys`);
  const server = Fastify({ forceCloseConnections: true });
  server.get('/livez', async () => ({ ok: true }));
  server.get('/surveys', async () => [...index.paused].map(([zone, paused]) => ({ zone, paused })));
  await server.listen({ host, port });
  index.closeServer = () => server.close();
  try {
    await index.open();
  } catch (error) {
    await index.stop();
    throw error;
  }
  return index;
}

class Index implements SpeciesIndex {
  readonly name = NAME;
  readonly listUrl: string;
  readonly received: SurveyOrder[] = [];
  readonly paused = new Map<string, boolean>();
  closeServer: () => Promise<unknown> = async () => undefined;
  readonly #options: SpeciesIndexOptions;
  /** Order → newest revision. */
  readonly #revisions = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #checkpoints: Checkpoints;
  #stream: EventSource | undefined;
  /** It streams again, and does not have yet what it missed. */
  #isBehind = false;

  constructor(options: SpeciesIndexOptions, listUrl: string) {
    this.#options = options;
    this.listUrl = listUrl;
    const { bridgeUrl, apiKey } = options;
    this.#checkpoints = new Checkpoints({ bridgeUrl, apiKey, onRefused: (why) => this.#tell(why) });
  }

  /** Resolves when the bridge has answered; the client comes back by itself when a connection breaks. */
  open(): Promise<void> {
    const { bridgeUrl, apiKey } = this.#options;
    const stream = new EventSource(`${bridgeUrl}/stream`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'x-api-key': apiKey } }),
    });
    this.#stream = stream;
    stream.addEventListener('message', ({ data, lastEventId }) => {
      this.#take(JSON.parse(String(data)) as SurveyOrder, 'streamed');
      if (!this.#isBehind) this.#checkpoints.reached(lastEventId);
    });
    stream.addEventListener('ess.gap', ({ data }) => this.#tell(`the stream has a gap: ${data}`));
    return new Promise((resolve, reject) => {
      stream.addEventListener('open', () => resolve(), { once: true });
      stream.addEventListener('error', ({ code, message }) => {
        if (stream.readyState !== stream.CLOSED) return;
        reject(new Error(`${NAME}: the bridge refused the stream: ${code ?? ''} ${message ?? ''}`));
      });
    });
  }

  waitFor(what: (received: readonly SurveyOrder[]) => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!what(this.received)) return;
        clearTimeout(late);
        this.#waiting.delete(look);
        resolve();
      };
      const late = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${NAME}: what was waited for did not come in ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }

  goOffline(): void {
    this.#stream?.close();
  }

  /** The stream first and then the past: between the two nothing can be missed, and a revision that comes twice is one. */
  async comeBack(sinceMs: number): Promise<readonly SurveyOrder[]> {
    this.#isBehind = true;
    await this.open();
    const { bridgeUrl, apiKey } = this.#options;
    const answer = await fetch(`${bridgeUrl}/replay?since=${sinceMs}`, { headers: { 'x-api-key': apiKey } });
    if (!answer.ok) throw new Error(`${NAME}: /replay answered ${answer.status}: ${await answer.text()}`);
    const orders = (await answer.json()) as SurveyOrder[];
    for (const order of orders) this.#take(order, 'replayed');
    this.#isBehind = false;
    this.#checkpoints.reached(answer.headers.get('ess-cursor') ?? '');
    return orders;
  }

  async stop(): Promise<void> {
    this.goOffline();
    await this.#checkpoints.close();
    await this.closeServer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #take(order: SurveyOrder, how: string): void {
    if (order.revision <= (this.#revisions.get(order.order) ?? Number.NEGATIVE_INFINITY)) return;
    this.#revisions.set(order.order, order.revision);
    this.received.push(order);
    const paused = order.surveys === 'PAUSE';
    this.paused.set(order.zone, paused);
    this.#tell(
      `${paused ? 'surveys pause' : 'surveys go on'} in ${order.zone} (${order.order} v${order.revision}, ${how})`,
    );
    for (const look of [...this.#waiting]) look();
  }

  #tell(what: string): void {
    this.#options.print?.(`${NAME.padEnd(10)} ← ${what}`);
  }
}

// A partner under chaos: takes rules one by one or in batches, misbehaves while told to, and keeps its own log on disk,
// which is what the checker believes.
import type { WriteStream } from 'node:fs';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Certificate } from '@ess/infra/demo/certificate.ts';
import { Chance } from '../harness/chance.ts';
import type { Fault } from './faults.ts';
import { answer, misbehave } from './faults.ts';
import type { LoggedAnswer, LoggedRequest } from './gather.ts';
import type { Slowness } from './partners.ts';
import { ALWAYS_500, REFUSED_422 } from './publisher.ts';

export interface Certificates {
  readonly first: Certificate;
  /** Trusted by workers as well. */
  readonly second: Certificate;
  readonly untrusted: Certificate;
}

interface Item {
  readonly id: string;
  readonly version: number;
  readonly attempt: number;
  readonly bedCap: unknown;
}

export interface ChaosPartnerOptions {
  /** Given: it speaks TLS. */
  readonly certificates?: Certificates;
  readonly answerAfterMs?: number;
  readonly slow?: Slowness | undefined;
}

export class ChaosPartner implements AsyncDisposable {
  readonly logFile: string;
  /** Requests so far, and records taken. */
  requests = 0;
  acked = 0;
  /** It takes what it refused before. */
  mended = false;
  readonly #server: Server | TlsServer;
  readonly #certificates: Certificates | undefined;
  readonly #log: WriteStream;
  readonly #sockets = new Set<Socket>();
  readonly #chance: Chance;
  readonly #privateUrl: string;
  readonly #answerAfterMs: number;
  #slow: Slowness | undefined;
  #fault: Fault | undefined;
  #good: Certificate | undefined;
  #port = 0;

  constructor(logFile: string, seed: number, privateUrl: string, options: ChaosPartnerOptions = {}) {
    const { certificates, answerAfterMs = 0, slow } = options;
    this.#slow = slow;
    this.logFile = logFile;
    this.#log = createWriteStream(logFile);
    this.#chance = new Chance(seed);
    this.#privateUrl = privateUrl;
    this.#certificates = certificates;
    this.#answerAfterMs = answerAfterMs;
    this.#good = certificates?.first;
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = this.#good ? createTlsServer({ ...this.#good }, serve) : createServer(serve);
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  get url(): string {
    return `${this.#certificates ? 'https' : 'http'}://127.0.0.1:${this.#port}/rules`;
  }

  get speaksTls(): boolean {
    return this.#certificates !== undefined;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve),
    );
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async begin(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault === 'refuse') await this.#close();
    if (fault === 'bad-tls') this.#present(this.#certificates?.untrusted);
    if (fault === 'new-certificate') {
      this.#good = this.#good === this.#certificates?.first ? this.#certificates?.second : this.#certificates?.first;
      this.#present(this.#good);
    }
  }

  async heal(): Promise<void> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault === 'refuse') await this.listen();
    if (fault === 'bad-tls') this.#present(this.#good);
    // What hangs is let go, as a partner that restarts does.
    if (fault === 'hang' || fault === 'slow-loris' || fault === 'endless-body') this.#dropAll();
  }

  /** From here on no answer takes long. */
  hurry(): void {
    this.#slow = undefined;
  }

  /** The log is complete when this resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.#close();
    if (!this.#log.writableFinished) await new Promise<void>((resolve) => this.#log.end(resolve));
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#dropAll();
    await closed;
  }

  #dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #present(certificate: Certificate | undefined): void {
    if (certificate && 'setSecureContext' in this.#server) this.#server.setSecureContext(certificate);
    this.#dropAll();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // cut by the sender: nothing was received
    }
    this.requests += 1;
    const number = this.requests;
    const items = itemsOf(request, Buffer.concat(chunks).toString());
    const logged = items.map(({ id, version, attempt }) => ({ id, version, attempt }));
    this.#write({ request: number, atMs: Date.now(), items: logged });
    const waitMs =
      this.#slow && this.#chance.hits(this.#slow.share)
        ? this.#chance.between(0, this.#slow.upToMs)
        : this.#answerAfterMs;
    if (waitMs > 0) await delay(waitMs);
    const own = this.mended ? 200 : ownStatus(items);
    const status = misbehave(this.#fault, response, this.#privateUrl, this.#chance.next()) ?? answer(response, own);
    if (status === 200) this.acked += items.length;
    if (status > 0) this.#write({ request: number, atMs: Date.now(), status });
  }

  #write(entry: LoggedRequest | LoggedAnswer): void {
    this.#log.write(`${JSON.stringify(entry)}\n`);
  }
}

/** Some records are never accepted, whatever the weather. */
function ownStatus(items: readonly Item[]): number {
  if (items.some(({ bedCap }) => bedCap === REFUSED_422)) return 422;
  return items.some(({ bedCap }) => bedCap === ALWAYS_500) ? 500 : 200;
}

function itemsOf(request: IncomingMessage, text: string): Item[] {
  const body = JSON.parse(text) as BatchEntry[] | BatchEntry['data'];
  if (Array.isArray(body))
    return body.map(({ id, attempt, data }) => ({
      id,
      attempt,
      version: Number(data['version']),
      bedCap: data['bedCap'],
    }));
  const id = String(request.headers['webhook-id']);
  return [
    { id, attempt: Number(request.headers['ess-attempt']), version: Number(body['version']), bedCap: body['bedCap'] },
  ];
}

interface BatchEntry {
  readonly id: string;
  readonly attempt: number;
  readonly data: Readonly<Record<string, unknown>>;
}

// The sink process: a partner that is as fast as can be, watches the order per key, and does as it is told.
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { issueCertificate } from '@ess/infra/demo/certificate.ts';
import { Histogram } from '../figures/histogram.ts';
import type { Begun, Behaviour, Command, Question } from './control.ts';
import type { Reply, SinkRequest } from './requests.ts';
import { readRequests } from './requests.ts';
import type { TallyReport } from './tally.ts';
import { Tally } from './tally.ts';
import { WorkQueue } from './work-queue.ts';

const tallies = new Map<string, Tally>();
const behaviours = new Map<string, Behaviour>();
const queues = new Map<string, WorkQueue>();
const sockets = new Set<Socket>();
let open = 0;

const welcome = (socket: Socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  readRequests(socket, serve);
};
/** Told to speak TLS, it has an authority of its own. `h2`: whoever connects has HTTP/2. */
const speaks = process.argv[2];
const authority = speaks === undefined ? undefined : issueCertificate({ commonName: 'authority of the sink' });
const server = made();

function made() {
  if (!authority) return createServer(welcome);
  const own = issueCertificate({ commonName: 'the sink', issuer: authority });
  if (speaks === 'tls') return createTlsServer(own, welcome);
  const http2 = createSecureServer(own);
  http2.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return http2.on('stream', (stream, headers) => {
    let body = '';
    stream.setEncoding('latin1');
    stream.on('error', () => undefined);
    stream.on('data', (chunk: string) => {
      body += chunk;
    });
    const reply: Reply = (status) =>
      void (stream.destroyed || stream.respond({ ':status': status }, { endStream: true }));
    stream.on('end', () => serve({ path: String(headers[':path']), body }, reply));
  });
}

function serve({ path, body }: SinkRequest, reply: Reply): void {
  const behaviour = behaviours.get(path) ?? {};
  const { status: wanted = 200, slow, sickEvery, capacity } = behaviour;
  const queue = capacity && queues.get(path);
  const document = JSON.parse(body);
  const isSick = sickEvery !== undefined && Number(document.ruleId.split('-').at(-1)) % sickEvery === 0;
  const status = queue?.isFull ? 503 : isSick ? 500 : wanted;
  const isRefused = status >= 300;
  const isSlow = slow !== undefined && document.ruleId === slow.ruleId;
  const tally = tallyOf(isSlow ? `${path}#slow` : path);
  const received = isRefused ? tally.refuse() : tally.receive(document);
  open += 1;
  const answer = () => {
    open -= 1;
    reply(status);
    if (received) tally.answered(received);
  };
  if (queue && !isRefused) return queue.add(answer);
  const waitMs = isSlow ? slow.delayMs : delayOf(behaviour, tally.delivered);
  if (waitMs > 0) setTimeout(answer, waitMs);
  else answer();
}

function delayOf({ delayMs = 0, spreadMs, later }: Behaviour, received: number): number {
  if (later && received > later.after) return later.delayMs;
  return spreadMs ? spreadMs[0] + Math.random() * (spreadMs[1] - spreadMs[0]) : delayMs;
}

function tallyOf(path: string): Tally {
  let tally = tallies.get(path);
  if (!tally) {
    tally = new Tally();
    tallies.set(path, tally);
  }
  return tally;
}

function behave(path: string, behaviour: Behaviour): void {
  behaviours.set(path, behaviour);
  if (!behaviour.capacity) return;
  const queue = queues.get(path) ?? new WorkQueue();
  queues.set(path, queue);
  queue.change(behaviour.capacity, behaviour.delayMs ?? 0);
}

async function obey(command: Command): Promise<unknown> {
  if (command.kind === 'behave') behave(command.path, command.behaviour);
  if (command.kind === 'forget') for (const path of command.paths) tallies.delete(path);
  if (command.kind === 'count')
    return { delivered: command.paths.reduce((sum, path) => sum + (tallies.get(path)?.delivered ?? 0), 0), open };
  if (command.kind === 'report') return report(command.paths);
  if (command.kind === 'window') {
    const seen = report(command.paths);
    for (const path of command.paths) tallyOf(path).newWindow();
    return seen;
  }
  if (command.kind === 'up') await listen();
  if (command.kind === 'down') {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return null;
}

/** Over all paths: sums, the longest time, percentiles of all latencies together. */
function report(paths: readonly string[]): TallyReport {
  const latency = new Histogram();
  const found = paths.map(tallyOf);
  for (const tally of found) latency.addAll(tally.latency);
  const each = found.map((tally) => tally.report());
  const sum = (of: (one: TallyReport) => number) => each.reduce((total, one) => total + of(one), 0);
  return {
    delivered: sum(({ delivered }) => delivered),
    duplicates: sum(({ duplicates }) => duplicates),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    refused: sum(({ refused }) => refused),
    seconds: Math.max(...each.map(({ seconds }) => seconds)),
    lastAtUs: Math.max(...each.map(({ lastAtUs }) => lastAtUs)),
    p50: latency.percentile(0.5),
    p99: latency.percentile(0.99),
    max: latency.max,
  };
}

let port = 0;

async function listen(): Promise<void> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', 1024, resolve));
  port = (server.address() as AddressInfo).port;
}

process.on('message', ({ id, command }: Question) => {
  void obey(command).then((answer) => process.send?.({ id, answer }));
});
process.once('disconnect', () => process.exit(0)); // the bench is gone
process.on('SIGINT', () => undefined); // Ctrl-C in a terminal is the bench's to handle
await listen();
process.send?.({ port, ca: authority?.cert } satisfies Begun);

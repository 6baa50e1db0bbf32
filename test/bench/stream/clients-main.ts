// The clients of the stream scenarios, in a process of their own: plain sockets that count events and keep latencies. As
// little work per event as can be, because they share the machine with what is measured.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { nowUs } from '../clock.ts';
import { Histogram } from '../figures/histogram.ts';
import type { ClientsCommand, ClientsReport } from './clients.ts';

/** Every document is a flat object, so there is one of these in each event and nowhere else. */
const BRACE = 0x7b;
const SENT = Buffer.from('"sentAtUs":"');
const SENT_DIGITS = 16;
const RECONNECT_MS = 1_000;

interface Client {
  socket: Socket | undefined;
  /** Strict clients only: what is not yet a whole event, the last id, and the versions seen. */
  rest: string;
  lastId: string;
  retryMs: number;
  readonly seen: Set<number>;
}

let command: Extract<ClientsCommand, { kind: 'open' }>;
let clients: Client[] = [];
let latencies = new Histogram();
let events = 0;
let duplicates = 0;
let gaps = 0;
let connected = 0;
let lastAtUs = 0;
/** Sockets of an earlier one are forgotten. */
let generation = 0;

function open(client: Client, silent: boolean): void {
  const mine = generation;
  const { port, path, headers } = command;
  const socket = connect(port, '127.0.0.1');
  client.socket = socket;
  let first = true;
  const lines = Object.entries({ ...headers, ...(client.lastId ? { 'last-event-id': client.lastId } : {}) });
  socket.on('connect', () =>
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    ),
  );
  socket.on('data', (chunk: Buffer) => {
    if (mine !== generation) return;
    if (first) {
      first = false;
      connected += 1;
      client.rest = '';
      if (!chunk.includes(' 200 ')) process.stderr.write(`clients: ${chunk.toString('latin1', 0, 200)}\n`);
      if (silent) socket.pause();
    }
    if (command.strict) strict(client, chunk);
    else count(chunk);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (mine !== generation) return;
    if (!first) connected -= 1;
    const waitMs = (client.retryMs || RECONNECT_MS) * (first ? 1 : Math.random());
    setTimeout(() => {
      if (mine === generation) open(client, silent);
    }, waitMs);
  });
}

function count(chunk: Buffer): void {
  let found = 0;
  for (let at = chunk.indexOf(BRACE); at >= 0; at = chunk.indexOf(BRACE, at + 1)) found += 1;
  if (found === 0) return;
  events += found;
  lastAtUs = nowUs();
  const at = chunk.indexOf(SENT);
  // The first of the chunk is the one that waited longest; it counts for all.
  if (at >= 0 && at + SENT.length + SENT_DIGITS <= chunk.length)
    for (let one = 0; one < found; one += 1)
      latencies.add(lastAtUs - Number(chunk.toString('latin1', at + SENT.length, at + SENT.length + SENT_DIGITS)));
}

/** Reads every event. Frames of HTTP's chunks are lines without a colon here, or end in one of ours. */
function strict(client: Client, chunk: Buffer): void {
  const text = client.rest + chunk.toString('latin1');
  const lines = text.split('\n');
  client.rest = lines.pop() ?? '';
  for (const line of lines) {
    if (line.startsWith('id: ')) client.lastId = line.slice(4);
    else if (line.startsWith('retry: ')) client.retryMs = Number(line.slice(7));
    else if (line.startsWith('event: ess.gap')) gaps += 1;
    else if (line.startsWith('data: {')) {
      const version = Number(/"version":(\d+)/.exec(line)?.[1] ?? -1);
      if (version < 0) continue;
      events += 1;
      lastAtUs = nowUs();
      if (client.seen.has(version)) duplicates += 1;
      client.seen.add(version);
    }
  }
}

process.on('message', (given: ClientsCommand) => {
  if (given.kind === 'open') {
    command = given;
    generation += 1;
    connected = 0;
    clients = Array.from({ length: given.clients }, () => ({
      socket: undefined,
      rest: '',
      lastId: '',
      retryMs: 0,
      seen: new Set(),
    }));
    // In batches: a backlog of thousands of connections is not what is measured.
    const step = (from: number) => {
      for (let at = from; at < Math.min(clients.length, from + 200); at += 1)
        open(clients[at] as Client, at < (given.silent ?? 0));
      if (from + 200 < clients.length) setTimeout(() => step(from + 200), 20);
    };
    step(0);
  } else if (given.kind === 'forget') {
    latencies = new Histogram();
    events = 0;
    duplicates = 0;
  } else if (given.kind === 'close') {
    generation += 1;
    for (const { socket } of clients) socket?.destroy();
    clients = [];
    connected = 0;
  }
  const report: ClientsReport = {
    connected,
    events,
    duplicates,
    gaps,
    lastAtUs,
    p50: latencies.percentile(0.5),
    p99: latencies.percentile(0.99),
  };
  process.send?.({ id: given.id, report });
});
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
process.send?.({ ready: true });

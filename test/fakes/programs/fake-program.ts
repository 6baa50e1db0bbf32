// A program as `ess serve` starts one, small enough to be started by the dozen: `node fake-program.ts WAY`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [way = 'steady', ...words] = process.argv.slice(2);

const say = (msg: string): void =>
  void process.stderr.write(`${JSON.stringify({ level: 'info', program: 'fake', way, msg })}\n`);
const stay = (): unknown => setInterval(() => undefined, 60_000);
const tell = (word: object): Promise<void> => new Promise((done) => process.send?.(word, undefined, {}, () => done()));

const WAYS: Readonly<Record<string, () => unknown>> = {
  /** Ends when it is asked to. */
  steady() {
    process.on('SIGTERM', () => process.exit(0));
    stay();
    say('up');
  },
  /** The same, when a SIGUSR2 comes after it. */
  slow() {
    process.on('SIGTERM', () => {
      process.on('SIGUSR2', () => process.exit(0));
      void tell({ stopMs: 100_000 }).then(() => say('stopping'));
    });
    stay();
    say('up');
  },
  deaf() {
    process.on('SIGTERM', () => say('heard'));
    stay();
    say('up');
  },
  crash: () => process.exit(3),
  usage: () => tell({ failed: { code: 'ESS_USAGE', message: 'no such option' } }).then(() => process.exit(2)),
  config: () =>
    tell({ failed: { code: 'ESS_CONFIG', message: 'HOSPITAL_SECRET is not set' } }).then(() => process.exit(1)),
  /** Writes what it is given as base64, a piece at a time, and ends. */
  async writes() {
    for (const piece of words)
      await new Promise((done) => process.stderr.write(Buffer.from(piece, 'base64'), () => setImmediate(done)));
    process.exit(0);
  },
  /** A line of so many bytes, and one more. */
  async giant() {
    await new Promise((done) => process.stderr.write('x'.repeat(Number(words[0])), done));
    await new Promise((done) => process.stderr.write('\nafter\n', done));
    process.exit(0);
  },
  /** Has an admin listener, and is ready from SIGUSR2 on. */
  listens() {
    let isReady = false;
    process.on('SIGUSR2', () => {
      isReady = true;
      say('ready');
    });
    process.on('SIGTERM', () => process.exit(0));
    const server = createServer((_, response) => {
      response.writeHead(isReady ? 200 : 503).end(isReady ? 'ok\n' : 'waiting for: kafka\n');
    });
    server.listen(0, '127.0.0.1', () => {
      void tell({ admin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    });
  },
};

await WAYS[way]?.();

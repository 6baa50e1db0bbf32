// A program of ESS whose thread stands still: `node test/judges/standing.ts worker …`, or with a path first another program.
// At a record by its title, while it is read or mapped; or, at SIGUSR2, at nothing that anybody could name.
import { fileURLToPath } from 'node:url';
import { Codec } from '@ess/stream/registry/codec.ts';

/** The program. */
export const STANDING = fileURLToPath(import.meta.url);
export const WHILE_READ = 'stands still while it is read';
export const WHILE_MAPPED = 'stands still while it is mapped';

const stand = (): never => {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000); // no turn of the event loop, and no heat
};

const decode = Codec.prototype.decode;
Codec.prototype.decode = function standing(...args: Parameters<typeof decode>) {
  const decoded = decode.apply(this, args);
  const title = decoded.ok ? decoded.record['title'] : undefined;
  if (title === WHILE_READ) stand();
  if (decoded.ok && title === WHILE_MAPPED) Object.defineProperty(decoded.record, 'title', { get: stand });
  return decoded;
};
process.on('SIGUSR2', stand);

// Not when a test takes the titles from here.
if (process.argv[1] === STANDING) {
  const other = process.argv[2]?.endsWith('.ts');
  await import(other ? (process.argv.splice(2, 1)[0] as string) : '../../services/cli/bin/ess.mjs');
}

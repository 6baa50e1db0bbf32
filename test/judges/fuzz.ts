// How the fuzzers of test/security draw: for a stretch of time instead of a number of cases, from a seed that is printed, so
// that what one run found can be drawn again with ESS_FUZZ_SEED.
import fc from 'fast-check';
import { FULL } from '../harness/results.ts';

/** Each fuzzer draws for so long: `npm test`, and `npm run test:full`. */
const REDUCED_MS = 4_000;
const FULL_MS = 120_000;

/**
 * Draws cases until the time is over or one fails; that one is shrunk and thrown with its seed and path.
 * @param name printed beside the seed
 */
export async function fuzz<T>(name: string, property: fc.IAsyncProperty<T> | fc.IProperty<T>): Promise<void> {
  const seed = Number(process.env['ESS_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
  const forMs = FULL ? FULL_MS : REDUCED_MS;
  process.stderr.write(`fuzz ${name}: seed ${seed} (ESS_FUZZ_SEED draws it again), ${forMs / 1_000} s\n`);
  await fc.assert(property as fc.IAsyncProperty<T>, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: forMs,
    markInterruptAsFailure: false,
  });
}

import { expect, test } from '@jest/globals';
import { ImpatientCodec } from './impatient-codec.ts';

/** Nobody listens there. */
const AWAY = 'http://127.0.0.1:1';
const OF_A_SCHEMA = [Buffer.from([0, 0, 0, 0, 7, 0])];
const isGivenUp = async (codec: ImpatientCodec) => {
  const work = new Promise((resolve) => setImmediate(resolve, 'waits'));
  return codec.unlessGivenUp(work).catch((error: { code: string }) => error.code);
};

test('a registry that is away is given up after so long, and never by who waits for it', async () => {
  for (const [withinMs, becomes] of [
    [0, 'ESS_REGISTRY'],
    [60_000, 'waits'],
    [undefined, 'waits'],
  ] as const) {
    const codec = new ImpatientCodec(AWAY, withinMs);
    expect(await isGivenUp(codec)).toBe('waits');
    await expect(codec.prepare(OF_A_SCHEMA)).rejects.toMatchObject({ code: 'ESS_REGISTRY' });
    expect(await isGivenUp(codec)).toBe(becomes);
  }
});

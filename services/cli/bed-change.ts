// Where a ring of the demo hospital has come to: its event on hospital.bedChange.
import { EssError } from '@ess/domain/error.ts';
import { Codec } from '@ess/stream/codec.ts';
import { readRange } from '@ess/stream/range.ts';
import type { LocalRun } from './local-run.ts';

/** @returns `partition:offset`. @throws EssError when it is not there, or there more than once */
export async function bedChangeOf({ kafka, stack }: LocalRun, id: string): Promise<string> {
  const codec = new Codec(stack.registry);
  const found: string[] = [];
  for await (const batch of readRange(kafka, { topic: 'hospital.bedChange' })) {
    await codec.prepare(batch.map(({ value }) => value));
    for (const { partition, offset, value } of batch) {
      const decoded = codec.decode(value, 'hospital.bedChange');
      if (decoded.ok && decoded.record['eventId'] === id) found.push(`${partition}:${offset}`);
    }
  }
  const [place] = found;
  if (place === undefined || found.length > 1)
    throw new EssError('ESS_STACK', `the ring ${id} is ${found.length} times in hospital.bedChange`);
  return place;
}

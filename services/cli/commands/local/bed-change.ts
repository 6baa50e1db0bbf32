// Where a ring of the demo hospital has come to: its event on hospital.bedChange.
import { EssError } from '@ess/domain/text/error.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { LocalRun } from './local-run.ts';

/** @returns `partition:offset`. @throws EssError when it is not there, or there more than once */
export async function bedChangeOf({ kafka, stack }: LocalRun, id: string): Promise<string> {
  const codec = new Codec(stack.registry);
  const found: string[] = [];
  for await (const batch of rows(codec, 'hospital.bedChange', read(kafka, { topic: 'hospital.bedChange' })))
    for (const { record, row } of batch) if (row.eventId === id) found.push(`${record.partition}:${record.offset}`);
  const [place] = found;
  if (place === undefined || found.length > 1)
    throw new EssError('ESS_STACK', `the ring ${id} is ${found.length} times in hospital.bedChange`);
  return place;
}

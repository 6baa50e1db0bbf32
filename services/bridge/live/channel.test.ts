// The hand-over of one client: where it is told of a gap though the log goes on beside it.
import { expect, test } from '@jest/globals';
import type { Outlet } from '../sse/outlet.ts';
import type { LostOffsets } from '../topic/gap.ts';
import type { PublicRecord } from '../topic/source.ts';
import type { View } from '../topic/view.ts';
import type { ChannelOptions } from './channel.ts';
import { Channel } from './channel.ts';
import { StreamClient } from './stream-client.ts';
import { Turns } from './turns.ts';

/** A lost wait ends with so many moves of the other partition, and with the test. */
const MOVES_MAX = 500;

test('a client beyond the end of one partition is told so, however fast the others move', async () => {
  const ends = [10, 10];
  const told = Promise.withResolvers<readonly LostOffsets[]>();
  const cursor = (vector: readonly number[]) => vector.join('.');
  const view = { document: () => '{}', cursor, eventCursor: cursor } as unknown as View;
  const channel = new Channel(view, {
    turns: new Turns(1_000_000),
    source: { partitions: [0, 1], bounds: async () => ends.map((end) => ({ low: 0, end })) },
    tailVector: () => [...ends],
    ringBytes: 1_000_000,
    onTrouble: told.reject,
    onLost: told.resolve,
  } as unknown as ChannelOptions);
  const outlet = { write: () => true } as unknown as Outlet;
  const client = new StreamClient({ partner: 'hospital', by: { subject: 'x' } }, outlet, 0, () => undefined);
  channel.add(client);
  void channel.serve(client, [20, 10]);
  const moves = setInterval(() => {
    const offset = ends[1]!;
    ends[1] = offset + 1;
    channel.append(1, [{ partition: 1, offset, timestampMs: 1, rule: {} } as PublicRecord], offset + 1);
    if (offset > MOVES_MAX) told.reject(new Error('it was told nothing'));
  }, 10);
  try {
    expect(await told.promise).toMatchObject([{ partition: 0, to: 0 }, { partition: 1 }]);
  } finally {
    clearInterval(moves);
    client.closed();
  }
});

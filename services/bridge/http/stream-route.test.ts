// Clients of a stream that leave before it has begun, over real connections.
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import type { WayToLeave } from '@ess/test/fakes/streams/leaving-client.ts';
import { visited, WAYS_TO_LEAVE } from '@ess/test/fakes/streams/leaving-client.ts';
import { quietBridge, streamingPartner } from '@ess/test/fakes/streams/quiet-bridge.ts';
import { expect, test } from '@jest/globals';
import type { Admission, Principals } from '../principals.ts';
import type { StreamRoute } from './stream-route.ts';
import { stream } from './stream-route.ts';

const { hash } = newApiKey();
const IN: Admission = { kind: 'in', principal: { partner: 'kiosk', by: { subject: 'kiosk' } } };

/** @returns what was counted of it, in the end */
async function countsOf(way: WayToLeave, admission: Admission, leaves: boolean) {
  await using bridge = await quietBridge();
  bridge.put(streamingPartner('kiosk', 'title', hash));
  const { hub, receipts } = bridge;
  const counts = { clients: 0, streams: 0, busy: 0 };
  await visited(way, '/stream', async ({ request, response, url, leave }) => {
    const admit = async () => {
      if (leaves) await leave();
      return admission;
    };
    const route: StreamRoute = {
      hub,
      receipts,
      principals: { admit } as unknown as Principals,
      limits: { clients: 9, clientsPerPartner: 9, retryMs: 1, busyRetryMs: 1 },
      busy: () => undefined,
      onBusy: () => (counts.busy += 1),
      onStream: () => (counts.streams += 1),
    };
    await stream(route, request, response, url);
    counts.clients = hub.clients;
  });
  return counts;
}

test.each(WAYS_TO_LEAVE)('a client that leaves while its token is judged never joins: %s', async (way) => {
  expect(await countsOf(way, IN, false)).toEqual({ clients: 1, streams: 1, busy: 0 });
  expect(await countsOf(way, IN, true)).toEqual({ clients: 0, streams: 0, busy: 0 });
});

test.each(WAYS_TO_LEAVE)('nor is it sent away to come back: %s', async (way) => {
  expect(await countsOf(way, { kind: 'later' }, false)).toEqual({ clients: 0, streams: 0, busy: 1 });
  expect(await countsOf(way, { kind: 'later' }, true)).toEqual({ clients: 0, streams: 0, busy: 0 });
});

import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Acked } from '@ess/domain/view/cell.ts';
import { PUBLIC_TOPIC, STREAM_STATE_TOPIC } from '@ess/schemas/topics.ts';
import { expect, test } from '@jest/globals';
import type { PartnerCells } from '../fold/partner-cells.ts';
import type { StreamPartnersOptions } from './stream-partners.ts';
import { StreamPartners } from './stream-partners.ts';

const kiosk = {
  partner: 'kiosk',
  stream: { enabled: true, clients: 'any' },
  source: { key: 'rules' },
  inScope: () => true,
  map: () => ({ ok: true }),
  onLeave: 'alert',
} as unknown as Connector;

test('a public topic that is made anew is read again: cursors of the old log say nothing of the new one', async () => {
  const takes = new Map<string, (row: object, record: object) => void>();
  const wholes: Array<PromiseWithResolvers<void>> = [];
  let topicId = 'old';
  let tellId = (_id: string | null): void => undefined;
  const opened = Promise.withResolvers<void>();
  const follow = (async (_options: object, topic: string, take: (row: object, record: object) => void) => {
    takes.set(topic, take);
    const whole = Promise.withResolvers<void>();
    wholes.push(whole);
    if (topicId === 'old') whole.resolve();
    else opened.resolve();
    return { topic, complete: whole.promise, [Symbol.asyncDispose]: async () => whole.resolve() };
  }) as unknown as NonNullable<StreamPartnersOptions['follow']>;
  const watch = (_topic: string, tell: typeof tellId) => {
    tellId = tell;
    return () => undefined;
  };
  const topicIds = { of: async () => topicId, watch };
  await using partners = new StreamPartners({ follow, topicIds } as unknown as StreamPartnersOptions);
  const acks: string[] = [];
  const cells = {
    ack: (ruleId: string, { version }: Acked) => acks.push(`${ruleId} ${version}`),
    received: () => undefined,
  } as unknown as PartnerCells;
  const shows = (ruleId: string) =>
    takes.get(PUBLIC_TOPIC)?.({ ruleId, version: 1, status: 'active' }, { partition: 0, offset: 0, timestampMs: 1 });
  const said = (of: string) => {
    const client = { client: '', offsets: [1], time: null, broughtAt: 2, seenAt: 2 };
    const row = { partner: 'kiosk', topicId: of, offsets: [1], time: null, clients: [client], at: 2 };
    takes.get(STREAM_STATE_TOPIC)?.(row, {});
  };
  partners.add(kiosk, cells);
  await partners.follow();
  shows('before');
  said('old');
  partners.receive(kiosk, cells, 3);
  expect([acks, partners.trouble]).toEqual([['before 1'], undefined]);

  tellId('old');
  tellId(null);
  expect(partners.trouble).toBeUndefined();
  topicId = 'new';
  tellId('new');
  expect(partners.trouble).toMatch(/public.rules was made anew/);
  await opened.promise;
  shows('after');
  partners.receive(kiosk, cells, 4);
  expect(acks).toEqual(['before 1']);
  wholes.at(-1)?.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(partners.trouble).toBeUndefined();
  said('new');
  partners.receive(kiosk, cells, 5);
  expect(acks).toEqual(['before 1', 'after 1']);
});

test('a partner that comes after a read has failed is read for, and what was open before it failed is closed', async () => {
  const open: string[] = [];
  const watched: string[] = [];
  let isAway = true;
  const follow = (async (_options: object, topic: string) => {
    if (isAway && topic === STREAM_STATE_TOPIC) throw new Error('Kafka is away');
    open.push(topic);
    const dispose = async () => void open.splice(open.indexOf(topic), 1);
    return { topic, complete: Promise.resolve(), [Symbol.asyncDispose]: dispose };
  }) as unknown as NonNullable<StreamPartnersOptions['follow']>;
  const watch = (topic: string) => {
    watched.push(topic);
    return () => void watched.splice(watched.indexOf(topic), 1);
  };
  const options = { follow, topicIds: { of: async () => 'id', watch } };
  await using partners = new StreamPartners(options as unknown as StreamPartnersOptions);
  await expect(partners.join(kiosk, {} as PartnerCells)).rejects.toThrow('Kafka is away');
  expect([open, watched, partners.follows]).toEqual([[], [], []]);
  isAway = false;
  await partners.join(kiosk, {} as PartnerCells);
  expect([open, watched]).toEqual([[PUBLIC_TOPIC, STREAM_STATE_TOPIC], [PUBLIC_TOPIC]]);
});

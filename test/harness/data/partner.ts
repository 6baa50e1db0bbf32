// A partner of a worker, for tests: the real one, with a group and a sender that do nothing until they are told to.
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded } from '@ess/stream/registry/codec.ts';
import type { Item } from '@ess/worker/item/item.ts';
import { makeItem } from '@ess/worker/item/item.ts';
import { Partner } from '@ess/worker/partner.ts';
import type { GroupHooks, PartnerGroup } from '@ess/worker/partner-context.ts';
import type { PartnerSender } from '@ess/worker/send/sender.ts';
import type { TestConnector } from './connector.ts';
import { makeConnector } from './connector.ts';
import { makeRule } from './rules.ts';
import type { GivenShared } from './worker-shared.ts';
import { makeShared } from './worker-shared.ts';

export interface TestPartner {
  readonly connector?: TestConnector;
  readonly shared?: GivenShared;
  readonly group?: Partial<PartnerGroup>;
  readonly sender?: Partial<PartnerSender>;
}

/** @returns with what its group would call */
export function makePartner({ connector, shared, group, sender }: TestPartner = {}): {
  partner: Partner;
  hooks: GroupHooks;
} {
  let hooks: GroupHooks | undefined;
  const partner = new Partner(makeConnector('hospital', 'http://127.0.0.1:1/', connector), makeShared(shared), {
    openGroup: (_connector, _shared, given) => {
      hooks = given;
      return { ...restingGroup(), ...group };
    },
    openSender: () => ({ ...silentSender(), ...sender }),
  });
  if (!hooks) throw new Error('a partner has a group');
  return { partner, hooks };
}

/** One that owns nothing, is sure of it, and takes every commit. */
export function restingGroup(): PartnerGroup {
  const nothing = async () => {};
  return {
    partitions: [],
    partitionCount: 1,
    ownedForMs: 10_000,
    countPartitions: async () => 1,
    highWatermark: () => undefined,
    isPaused: () => false,
    pause: () => {},
    resume: () => {},
    seek: () => {},
    start: nothing,
    stop: nothing,
    restart: nothing,
    commit: nothing,
    reopen: nothing,
  };
}

function silentSender(): PartnerSender {
  const nothing = async () => {};
  return {
    shownPath: '/',
    send: () => ({ cut: () => {}, writtenAt: 0, headAt: 0 }),
    close: nothing,
    closeWhenIdle: nothing,
  };
}

export function makeRecord(given: Partial<GroupRecord> = {}): GroupRecord {
  return { partition: 0, offset: 0, key: null, value: null, timestampMs: 1, bytes: 0, headers: {}, ...given };
}

/** @param given what the test is about; the rest is of version 1 of the rule `r` */
export function itemOf(given: Partial<Item> = {}): Item {
  const decoded: Decoded = { ok: true, record: { ...makeRule('r', 1) } };
  const { partition = 0, offset = 0 } = given;
  const fields = { topic: 'rules', key: 'ruleId', version: 'version' };
  return { ...makeItem(makeRecord({ partition, offset }), decoded, fields, 'd', 0), ...given };
}

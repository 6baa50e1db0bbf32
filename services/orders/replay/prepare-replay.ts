// A replay before it is given: where it would move positions to, what it would send, and the order that says so.

import { randomBytes } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { rangeRecords } from '@ess/domain/control/approval.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import type { ReplayTarget } from '@ess/domain/control/replay-target.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Command, ReplayOrder } from '@ess/schemas/generated/types.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { ReplayOptions } from './replay-order.ts';
import { findTargets } from './replay-order.ts';
import type { ReplayPreview } from './replay-preview.ts';
import { previewReplay } from './replay-preview.ts';

export interface ReplayAsk extends ReplayOptions {
  readonly newIds?: boolean;
  /** Deliveries per second; Infinity: no limit. */
  readonly rate: number;
}

export interface ReplayContext {
  readonly kafka: Kafka;
  /** Connected. */
  readonly admin: Admin;
  readonly codec: Codec;
  readonly connector: Connector;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal;
  /** Records that are counted at most; absent: all. */
  readonly countedMax?: number;
}

export interface PreparedReplay {
  readonly partner: string;
  /** The partner's group as it was looked at. */
  readonly view: GroupView;
  readonly targets: readonly ReplayTarget[];
  readonly preview: ReplayPreview;
  /** Of the partitions that have something to send, with an end each; what it would do is `preview`. */
  readonly order: ReplayOrder;
  /** How large it is to the two-person rule: a range counts with all its offsets, whatever the replay selects of them. */
  readonly size: number;
}

/** @throws EssError ESS_USAGE with the valid range, or when the partner's source has no rules.latest */
export async function prepareReplay(partner: string, ask: ReplayAsk, context: ReplayContext): Promise<PreparedReplay> {
  const { kafka, admin, codec, connector, signal, countedMax } = context;
  const { topic, reads } = connector.source;
  if (ask.current && topic !== 'rules')
    throw new EssError('ESS_USAGE', `${partner} reads ${topic}: only rules has rules.latest, which --current reads`);
  const view = await viewGroup(admin, `ess.${partner}`, topic);
  const targets = await findTargets(ask, { kafka, admin, codec, topic, reads, view });
  const key = ask.key ?? null;
  const current = ask.current ?? false;
  const ratePerSecond = Number.isFinite(ask.rate) ? ask.rate : null;
  const counted = { kafka, codec, connector, view, key, current, ratePerSecond, signal, countedMax };
  const preview = await previewReplay(targets, counted);
  const wanted = targets.filter(({ target, until }) => current || target < until);
  // Frozen here: what the partner is sent meanwhile is no part of it.
  const partitions = wanted.map(({ partition, target, until }) => ({
    partition,
    target,
    until: current ? null : until,
  }));
  const order = { topic, partitions, key, current, newIds: ask.newIds ?? false, ratePerSecond };
  return { partner, view, targets, preview, order, size: sizeOf(order, preview, view) };
}

/** What an order that is on record would do now. */
export async function previewOrder(
  partner: string,
  order: ReplayOrder,
  { kafka, admin, codec, connector }: ReplayContext,
): Promise<PreparedReplay> {
  const { key, current, ratePerSecond } = order;
  const view = await viewGroup(admin, `ess.${partner}`, order.topic);
  const targets = order.partitions.map(({ partition, target, until }): ReplayTarget => {
    const before = view.partitions[partition]?.position ?? 0;
    return { partition, before, target, until: Math.min(until ?? before, before), cut: undefined };
  });
  const preview = await previewReplay(targets, { kafka, codec, connector, view, key, current, ratePerSecond });
  return { partner, view, targets, preview, order, size: sizeOf(order, preview, view) };
}

/** How large an order that is on record is now, and the partner's group; of ranges no record is read for it. */
export async function measureOrder(
  partner: string,
  order: ReplayOrder,
  context: ReplayContext,
): Promise<Pick<PreparedReplay, 'view' | 'size'>> {
  if (order.current) return previewOrder(partner, order, context);
  const view = await viewGroup(context.admin, `ess.${partner}`, order.topic);
  return { view, size: rangesOf(order, view) };
}

function sizeOf({ current, partitions }: ReplayOrder, { records }: ReplayPreview, view: GroupView): number {
  return current ? records : rangesOf({ partitions }, view);
}

const rangesOf = ({ partitions }: Pick<ReplayOrder, 'partitions'>, view: GroupView): number =>
  rangeRecords(partitions, new Map(view.partitions.map((one) => [one.partition, one])));

/**
 * @param by who orders it
 * @param isOpen a range that was to end where the partner is ends where it is when its position is moved, and not when it was
 *   looked at. Such a command cannot be proposed; and where a second person may be needed, workers would count it to the end of the log
 */
export function replayCommand(
  { partner, order: frozen, targets }: PreparedReplay,
  by: string,
  reason: string | null,
  isOpen = false,
): Command {
  const before = new Map(targets.map((one) => [one.partition, one.before]));
  const order = isOpen
    ? {
        ...frozen,
        partitions: frozen.partitions.map((one) =>
          one.until === before.get(one.partition) ? { ...one, until: null } : one,
        ),
      }
    : frozen;
  return makeCommand({ id: randomBytes(4).toString('hex'), partner, kind: 'replay', by, reason, replay: order });
}

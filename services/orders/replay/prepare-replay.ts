// A replay before it is given: where it would move positions to, what it would send, and the order that says so.

import { randomBytes } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
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
}

export interface PreparedReplay {
  readonly partner: string;
  /** The partner's group as it was looked at. */
  readonly view: GroupView;
  readonly targets: readonly ReplayTarget[];
  readonly preview: ReplayPreview;
  /** Of the partitions that have something to send; what it would do is `preview`. */
  readonly order: ReplayOrder;
}

/** @throws EssError ESS_USAGE with the valid range, or when the partner's source has no rules.latest */
export async function prepareReplay(partner: string, ask: ReplayAsk, context: ReplayContext): Promise<PreparedReplay> {
  const { kafka, admin, codec, connector } = context;
  const { topic, reads } = connector.source;
  if (ask.current && topic !== 'rules')
    throw new EssError('ESS_USAGE', `${partner} reads ${topic}: only rules has rules.latest, which --current reads`);
  const view = await viewGroup(admin, `ess.${partner}`, topic);
  const targets = await findTargets(ask, { kafka, admin, codec, topic, reads, view });
  const key = ask.key ?? null;
  const current = ask.current ?? false;
  const ratePerSecond = Number.isFinite(ask.rate) ? ask.rate : null;
  const preview = await previewReplay(targets, { kafka, codec, connector, view, key, current, ratePerSecond });
  const wanted = targets.filter(({ target, until }) => current || target < until);
  const partitions = wanted.map(({ partition, target, until, before }) => ({
    partition,
    target,
    until: until < before ? until : null,
  }));
  const order = { topic, partitions, key, current, newIds: ask.newIds ?? false, ratePerSecond };
  return { partner, view, targets, preview, order };
}

/** @param by who orders it */
export function replayCommand({ partner, order }: PreparedReplay, by: string, reason: string | null): Command {
  return makeCommand({ id: randomBytes(4).toString('hex'), partner, kind: 'replay', by, reason, replay: order });
}

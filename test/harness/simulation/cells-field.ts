// One partner of one source in the view: what is published and acked is told to it by hand.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Surroundings } from '@ess/view/fold/around-cells.ts';
import type { JudgedCell, KnownAck } from '@ess/view/fold/partner-cells.ts';
import { PartnerCells } from '@ess/view/fold/partner-cells.ts';
import { SourceRules } from '@ess/view/fold/source-rules.ts';
import { AROUND, NOW } from './small-view.ts';

const RULES = { topic: 'rules', key: 'ruleId', version: 'version' };
interface Published {
  readonly rule: string;
  readonly version: number | bigint;
  readonly scope?: string;
  readonly atMs?: number;
}

/** An ack names the record of its version that was published last. */
export function field(onLeave: Connector['onLeave'] = 'alert') {
  const source = new SourceRules(RULES);
  const cells = new PartnerCells(
    { partner: 'hospital', onLeave, inScope: (record) => (record as { scope: string }).scope === 'Hospital' },
    source,
  );
  let offset = 0;
  const offsets = new Map<string, number>();
  return {
    source,
    cells,
    publish({ rule, version, scope = 'Hospital', atMs = NOW - 60_000 }: Published, topic = 'rules') {
      offset += 1;
      const record = { key: Buffer.from(rule), offset, partition: 0, timestampMs: atMs };
      if (topic === 'rules') offsets.set(`${rule} ${version}`, offset);
      source.take(topic, 'log-1', record, { ruleId: rule, version, scope, publishedAt: atMs });
    },
    garbage(rule: string) {
      offset += 1;
      source.tookUnread({ key: Buffer.from(rule), offset, partition: 0, timestampMs: NOW - 30_000 });
      return offset;
    },
    ack(rule: string, version: number | bigint, more: Partial<KnownAck> = {}) {
      const place = { topic: 'rules', topicId: 'log-1', partition: 0, offset: offsets.get(`${rule} ${version}`) ?? 0 };
      cells.ack(rule, { ...place, version, ackedAtMs: NOW, isOver: false, connectorDigest: null, ...more });
    },
    state: (rule: string, around: Partial<Surroundings> = {}): JudgedCell | undefined =>
      [...cells.cells({ ...AROUND, ...around })].find(({ ruleId }) => ruleId === rule),
  };
}

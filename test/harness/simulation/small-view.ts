// A view of two topics with one partition each, which are a list of steps, and a file in which it is kept: the store of the view
// without Kafka.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Surroundings } from '@ess/view/fold/around-cells.ts';
import type { JudgedCell } from '@ess/view/fold/partner-cells.ts';
import { SourceRules } from '@ess/view/fold/source-rules.ts';
import type { ViewedPartner } from '@ess/view/fold/viewed-partner.ts';
import { viewed } from '@ess/view/fold/viewed-partner.ts';
import type { Keepable } from '@ess/view/store/keepable.ts';
import type { Restored } from '@ess/view/store/kept-view.ts';
import { KeptView } from '@ess/view/store/kept-view.ts';

export const NOW = 1_700_000_000_000;
export const TOPIC = 'sensors';
export const STATE = 'ess.delivery-state';
/** Nothing is wrong with the partner, and no worker has passed anything. */
export const AROUND: Surroundings = {
  nowMs: NOW,
  partner: {
    onLeave: 'alert',
    versionsAreOffsets: false,
    connectorDigest: 'd1',
    patienceMs: 2_000,
    isUnowned: false,
  },
  letterOf: () => undefined,
  attemptOf: () => undefined,
  positions: new Map(),
  latestCovers: new Map(),
};

export const connectorOf = (partner: string, more: Partial<Connector> = {}): Connector =>
  ({
    partner,
    source: { topic: TOPIC, key: 'ruleId', version: 'version' },
    deliver: {},
    stream: { enabled: false },
    inScope: (record: object) => (record as { scope: string }).scope === 'Hospital',
    connectorDigest: 'd1',
    ...more,
  }) as unknown as Connector;

export type Step =
  | { readonly kind: 'publish'; readonly rule: string; readonly version: number; readonly scope: string }
  | { readonly kind: 'ack'; readonly partner: string; readonly rule: string; readonly version: number };

export const PARTNERS = ['hospital', 'clinic'];
export const CONNECTORS = PARTNERS.map((name) => connectorOf(name));

/** A view of what two topics have so far, each with one partition. */
export class SmallView {
  readonly sources: SourceRules[] = [];
  partners = new Map<string, ViewedPartner>();
  read = { [TOPIC]: 0, [STATE]: 0 };

  constructor(restored?: Restored) {
    if (restored) this.#goOn(restored);
    else {
      const source = new SourceRules(CONNECTORS[0]!.source);
      this.partners = new Map(CONNECTORS.map((one) => [one.partner, viewed(one, source)]));
    }
  }

  #goOn({ partners, acks, sources }: Restored): void {
    this.partners = new Map(partners);
    this.read[STATE] = acks.get(0) ?? 0;
    for (const offsets of sources.values()) this.read[TOPIC] = offsets.get(TOPIC)?.get(0) ?? 0;
  }

  /** Reads on to the end of what there is. */
  follow(steps: readonly Step[]): void {
    const acks = steps.filter((step) => step.kind === 'ack');
    const records = steps.filter((step) => step.kind === 'publish');
    for (; this.read[STATE] < acks.length; this.read[STATE] += 1) {
      const { partner, rule, version } = acks[this.read[STATE]]!;
      const offset = records.findIndex((one) => one.rule === rule && one.version === version);
      const place = { topic: TOPIC, topicId: 'id-sensors', partition: 0, offset };
      const ack = { ...place, version, ackedAtMs: NOW - 1_000, isOver: false, connectorDigest: 'd1' };
      this.partners.get(partner)?.cells.ack(rule, ack);
    }
    const [{ source } = {}] = this.partners.values();
    for (; this.read[TOPIC] < records.length; this.read[TOPIC] += 1) {
      const { rule, version, scope } = records[this.read[TOPIC]]!;
      const place = { key: Buffer.from(rule), offset: this.read[TOPIC], partition: 0, timestampMs: NOW - 60_000 };
      source?.take(TOPIC, 'id-sensors', place, { ruleId: rule, version, scope, publishedAt: NOW - 60_000 });
    }
  }

  get cells(): JudgedCell[] {
    const all = [...this.partners.values()].flatMap(({ cells }) => [...cells.cells(AROUND)]);
    return all.sort((a, b) => (a.partner + a.ruleId < b.partner + b.ruleId ? -1 : 1));
  }

  get keepable(): Keepable {
    return {
      ...SOURCES_ALONE,
      partners: this.partners,
      acks: { positions: new Map([[0, this.read[STATE]]]) },
      sources: { ...SOURCES_ALONE.sources, of: () => [{ topic: TOPIC, positions: new Map([[0, this.read[TOPIC]]]) }] },
    } as unknown as Keepable;
  }
}

const SOURCES_ALONE = {
  sources: { add: (source: Connector['source']) => new SourceRules(source), close: async () => undefined },
} as unknown as Pick<Keepable, 'sources'>;

export interface World {
  readonly clusterId?: string;
  readonly topicId?: string | undefined;
  readonly low?: number;
  readonly high?: number;
  readonly writes?: boolean;
}

/** A kept view of a Kafka like this, and what its log said. */
export async function openKept(file: string, world: World = {}) {
  const { clusterId = 'c1', low = 0, high = 1_000, writes = true } = world;
  const said: object[] = [];
  const kept = new KeptView({
    file,
    writes,
    clusterId,
    admin: {
      fetchTopicOffsets: async () => [{ partition: 0, offset: '0', low: String(low), high: String(high) }],
    },
    topicIds: { of: async (topic) => ('topicId' in world ? world.topicId : `id-${topic}`) },
    log: {
      info: (details: object, text: string) => said.push({ ...details, text }),
      warn: (details: object, text: string) => said.push({ ...details, text }),
    },
  });
  return { kept, said, restore: (connectors = CONNECTORS) => kept.restore(connectors, SOURCES_ALONE) };
}

/** A view of these steps, kept; also what was kept in between is. */
export async function keep(file: string, ...moments: ReadonlyArray<readonly Step[]>): Promise<void> {
  for (const steps of moments) {
    const { kept, restore } = await openKept(file);
    const view = new SmallView(await restore());
    view.follow(steps);
    kept.keep(() => view.keepable);
    await kept[Symbol.asyncDispose]();
  }
}

export const fold = (steps: readonly Step[]): JudgedCell[] => {
  const view = new SmallView();
  view.follow(steps);
  return view.cells;
};

export const STEPS: readonly Step[] = Array.from({ length: 60 }, (_, index): Step[] => {
  const rule = `rule-${index % 20}`;
  const version = 1 + Math.floor(index / 20);
  return [
    { kind: 'publish', rule, version, scope: index % 7 === 0 ? 'Ems' : 'Hospital' },
    ...(index % 3 === 0 ? [{ kind: 'ack' as const, partner: PARTNERS[index % 2]!, rule, version }] : []),
  ];
}).flat();

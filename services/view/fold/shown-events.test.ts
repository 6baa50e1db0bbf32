// What a partner without an endpoint is said to hold, by what its stream has shown and how far its clients are.
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import type { Surroundings } from './around-cells.ts';
import type { JudgedCell } from './partner-cells.ts';
import { PartnerCells } from './partner-cells.ts';
import type { ShownEvent } from './shown-events.ts';
import { ShownEvents } from './shown-events.ts';
import { SourceRules } from './source-rules.ts';

const NOW = 1_700_000_000_000;
const RULES = { topic: 'rules', key: 'ruleId', version: 'version' };
const mapped = { ok: true, document: {} } as const;
const refused = { ok: false, reason: 'mapping: no region' } as const;

/** `unmapped` is in scope, and no document can be made of it. */
interface Published {
  readonly version: number;
  readonly what: 'wanted' | 'elsewhere' | 'withdrawn' | 'unmapped';
}
const wanted = (version: number): Published => ({ version, what: 'wanted' });

/** @param laggard where the client is that has the least; absent: what any client has counts */
function told(
  onLeave: 'alert' | 'send',
  published: readonly Published[],
  clientsAt: number,
  laggard?: number,
): JudgedCell | undefined {
  const connector = {
    ...{ partner: 'kiosk', source: RULES, onLeave: onLeave === 'alert' ? onLeave : { map: () => mapped } },
    inScope: (rule: object) => (rule as PublicRule).scope === 'here',
    map: (rule: object) => ((rule as PublicRule).title === 'unmapped' ? refused : mapped),
  } as const;
  const source = new SourceRules(RULES);
  const cells = new PartnerCells(connector, source);
  const shown = new ShownEvents(connector, laggard === undefined ? 'any' : 'all');
  for (const [offset, { version, what }] of published.entries()) {
    const scope = what === 'elsewhere' ? 'there' : 'here';
    const status = what === 'withdrawn' ? 'withdrawn' : 'active';
    const rule = { ruleId: 'r', version, scope, status, title: what, publishedAt: NOW - 60_000 };
    const place = { partition: 0, offset, timestampMs: NOW - 60_000 };
    source.take('rules', 'log-1', { key: Buffer.from('r'), ...place }, rule);
    shown.take(rule as unknown as PublicRule, place);
    shown.take(rule as unknown as PublicRule, place);
  }
  const ackOf = ({ version, isOver, partition, offset }: ShownEvent) => ({
    ...{ version, topic: 'public.rules', topicId: null, partition, offset, ackedAtMs: NOW, isOver },
    connectorDigest: null,
  });
  for (const event of shown.received(({ offset }) => offset < clientsAt)) cells.ack('r', ackOf(event));
  const heldByAll = (ruleId: string) => {
    const event = shown.newestOf(ruleId, ({ offset }) => offset < (laggard ?? 0));
    return event && ackOf(event);
  };
  const around: Surroundings = {
    nowMs: NOW,
    partner: {
      ...{ onLeave, versionsAreOffsets: false, connectorDigest: 'now', patienceMs: 2_000, isUnowned: false },
      stream: { heardAtMs: clientsAt > 0 ? NOW - 90_000 : undefined },
    },
    letterOf: () => undefined,
    attemptOf: () => undefined,
    positions: new Map(),
    latestCovers: new Map(),
    ...(laggard !== undefined && { heldByAll }),
  };
  return [...cells.cells(around)][0];
}

const left: readonly Published[] = [wanted(1), { version: 2, what: 'elsewhere' }];
const over: readonly Published[] = [wanted(1), { version: 2, what: 'withdrawn' }];

test.each<[string, 'alert' | 'send', readonly Published[], number, JudgedCell['state'], number | null, RegExp]>([
  ['a client has it', 'alert', [wanted(1)], 1, 'inStep', 1, /^acked$/],
  ['no client was ever heard of', 'alert', [wanted(1)], 0, 'behind', null, /none of its clients has ever said/],
  ['its kiosk is off since the version before', 'alert', [wanted(1), wanted(2)], 1, 'behind', 1, /last said at/],
  [
    'off for many versions',
    'alert',
    Array.from({ length: 20 }, (_, at) => wanted(at + 1)),
    1,
    'behind',
    1,
    /last said/,
  ],
  [
    'an older version that comes late is what they have last',
    'alert',
    [wanted(2), wanted(1)],
    2,
    'inStep',
    1,
    /^acked$/,
  ],
  ['never in its scope', 'send', [{ version: 1, what: 'elsewhere' }], 1, 'outOfScope', null, /is known to have it/],
  ['left the scope after it had it', 'send', left, 2, 'notTold', 1, /of which its stream says nothing/],
  ['left the scope, and nobody had it', 'send', left, 0, 'outOfScope', null, /is known to have it/],
  ['back in the scope', 'send', [...left, wanted(3)], 3, 'inStep', 3, /^acked$/],
  ['withdrawn, and the stream says so', 'send', over, 2, 'withdrawn', 2, /was told/],
  ['withdrawn while the kiosk is off', 'send', over, 1, 'behind', 1, /last said at/],
  ['withdrawn, and the stream does not say so', 'alert', over, 2, 'notTold', 1, /of which its stream says nothing/],
  [
    'withdrawn before it had it',
    'alert',
    [{ version: 1, what: 'withdrawn' }],
    1,
    'withdrawn',
    null,
    /is known to have it/,
  ],
  ['its mapping refuses it', 'alert', [{ version: 1, what: 'unmapped' }], 1, 'behind', null, /last said at/],
])('%s', (_, onLeave, published, clientsAt, state, acked, why) => {
  expect(told(onLeave, published, clientsAt)).toMatchObject({ state, acked, why: expect.stringMatching(why) });
});

test.each<[string, 'alert' | 'send', readonly Published[], number, JudgedCell['state'], number | null, RegExp]>([
  ['all of them have it', 'alert', [wanted(1), wanted(2)], 2, 'inStep', 2, /^acked$/],
  ['one has the version before', 'alert', [wanted(1), wanted(2)], 1, 'behind', 1, /^not all of its clients have it/],
  [
    'one has come that has nothing',
    'alert',
    [wanted(1), wanted(2)],
    0,
    'behind',
    null,
    /^not all of its clients have it/,
  ],
  ['left the scope, and one never had it', 'send', left, 0, 'notTold', null, /of which its stream says nothing/],
  ['withdrawn, and one was not told', 'send', over, 1, 'behind', 1, /^not all of its clients have it/],
  ['withdrawn, and one has nothing of it', 'send', over, 0, 'behind', null, /^not all of its clients have it/],
  ['withdrawn, and all were told', 'send', over, 2, 'withdrawn', 2, /was told/],
])('of several clients, where all count: %s', (_, onLeave, published, laggard, state, acked, why) => {
  const cell = told(onLeave, published, published.length, laggard);
  expect(cell).toMatchObject({ state, acked, why: expect.stringMatching(why) });
});

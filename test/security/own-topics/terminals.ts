// What others wrote (publishers, partners, files, arguments) is shown on a terminal and never obeyed, and no date of theirs
// ends a command or stops a record: the real commands, as children, over records, rows, letters and commands made for that.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command, DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakePartner } from '../../fakes/partner.ts';
import { writeLetters } from '../../harness/data/letters.ts';
import { makeRule } from '../../harness/data/rules.ts';
import { Pipeline } from '../../harness/programs/pipeline.ts';
import type { RawEnd } from '../../harness/programs/raw-command.ts';
import { runRaw } from '../../harness/programs/raw-command.ts';
import { temporaryFolder } from '../../harness/temporary-folder.ts';
import { stack } from './stack.ts';

/** One of each kind: sequences of C0 and C1, lines, directions of reading, what is not seen. */
const HOSTILE = [
  ...['x\u001b[2J\u001b[31m', '\u001b]0;owned\u0007', '\u009b2J', '\u0090q\u009c', '\u0085', '\u007f', '\b\b'],
  ...['\nhospital  delivered', '\r', '\t', '\v\f', '\u2028', '\u2029', '\u202e\u202a\u202c', '\u2066\u2069'],
  ...[
    '\u200e\u200f',
    '\u061c',
    '\u200b\u200d\u2060',
    '\ufeff',
    '\u00ad',
    '\u{e0041}',
    '\ufe0f',
    '\u3164',
    '\ufff9',
    'y',
  ],
].join('');
/** All but a newline that ends one of our lines; colours only go to terminals, which these children do not have. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const BEYOND = 8.64e15 + 1;
/** The last one that Avro's library writes. */
const LONG_MAX = Number.MAX_SAFE_INTEGER - 1;
/** Of the records, as Kafka has them, and of the rules in them. */
const DATES = [-1, 0, Date.now(), 2 ** 48, BEYOND, LONG_MAX, 2 ** 62];
const OPEN_ENDED = '9223372036854775807';
const LIMITS = {
  'message.timestamp.after.max.ms': OPEN_ENDED,
  'message.timestamp.before.max.ms': OPEN_ENDED,
  'retention.ms': '-1', // or what is from 1970 goes within half a minute
};

let partner: FakePartner;
let line: Pipeline;
let env: Record<string, string>;
const root = temporaryFolder({ defer: afterAll });

describe('a terminal', () => {
  beforeAll(async () => {
    partner = await FakePartner.start();
    line = await Pipeline.open(stack, partner, { config: LIMITS });
    env = {
      KAFKA_BROKERS: stack.brokers.join(','),
      SCHEMA_REGISTRY_URL: stack.registry,
      ESS_CONNECTORS: line.connectors,
    };
  });

  afterAll(async () => {
    await line?.[Symbol.asyncDispose]();
    await partner?.[Symbol.asyncDispose]();
  });

  function expectShown({ stdout, stderr }: RawEnd): void {
    for (const text of [stdout, stderr]) expect(text.match(OBEYED)?.[0].codePointAt(0)?.toString(16)).toBeUndefined();
  }

  test('records with dates beyond the calendar are delivered and audited, and move no cursor into the future', async () => {
    const producer = stack.kafka.producer();
    await producer.connect();
    for (const [index, ms] of DATES.entries()) {
      const rule = makeRule(`date-${index}`, 1, { publishedAt: Math.min(ms, LONG_MAX), title: HOSTILE });
      const message = { key: rule.ruleId, value: line.source.encode(rule), timestamp: String(ms) };
      await producer.send({ topic: line.source.name, messages: [message] });
    }
    await producer.disconnect();
    await line.source.publish([makeRule(HOSTILE, 1, { title: HOSTILE, publishedAt: -LONG_MAX })]);
    const worker = line.spawn({ ESS_CURSOR_KEYS: 'a key of thirty-two characters or more' });
    await line.stable(1);
    await partner.until(() => partner.received.length > DATES.length);
    await line.drained();
    await worker.signal('SIGTERM');
    const cursorOf = (index: number) =>
      partner.received.find(({ body }) => body['ruleId'] === `date-${index}`)?.headers['ess-cursor'];
    for (const [index, ms] of DATES.entries())
      expect([ms, cursorOf(index) === undefined]).toEqual([ms, ms > Date.now() + 60_000]);
    expect((await line.audit()).filter(({ outcome }) => outcome === 'delivered')).toHaveLength(DATES.length + 1);
    expect(worker.output).not.toMatch(OBEYED);
  });

  test('tables, JSON and files are shown, not obeyed, whatever is in the topics', async () => {
    await writeRows();
    const [letter] = await writeLetters(line, [makeRule(HOSTILE, 1)], {
      detail: HOSTILE,
      reason: HOSTILE,
      parkedAt: BEYOND,
      recordTimestamp: BEYOND,
      key: Buffer.from(HOSTILE),
      headers: [{ key: HOSTILE, value: Buffer.from(HOSTILE) }],
      offset: 123_456_789_012,
    });
    const position = `${letter?.topic}:${letter?.partition}:${letter?.offset}`;
    const file = join(mkdtempSync(join(root, 'rules-')), 'x\u001b[2J\u202e.json');
    writeFileSync(file, JSON.stringify({ ...makeRule(HOSTILE, 1), [HOSTILE]: 1, scope: HOSTILE }));
    const mine = ['--partner', line.partner];
    // Without a code: depends on whether the command in ess.control is obeyed.
    const commands: ReadonlyArray<readonly [args: string[], code?: number]> = [
      [['audit', ...mine], 0],
      [['audit', ...mine, '--json'], 0],
      [['audit', ...mine, '--details'], 0],
      [['dead-letters', 'list', ...mine], 0],
      [['dead-letters', 'show', position], 0],
      [['dead-letters', 'redrive', ...mine, '--dry-run'], 0],
      [['status', line.partner], 0],
      [['status', line.partner, '--json'], 0],
      [['lag', line.partner], 0],
      [['replay', 'list', ...mine], 0],
      [['replay', line.partner, '--since', '99999999d', '--dry-run']],
      [['pause', line.partner], 0],
      [['tail', line.source.name, '--from-beginning'], 0],
      [['connector', 'preview', line.partner, '--since', '99999999d', '--json'], 0],
      [['connector', 'check', '--connectors', brokenConnectors()], 1],
      [['publish', file], 2],
    ];
    const ends = new Map<string, RawEnd>();
    await together(commands, async ([args, code]) => {
      const end = await runRaw(args, env);
      if (code !== undefined) expect([args, end.code, end.code === code ? '' : end.stderr]).toEqual([args, code, '']);
      expectShown(end);
      ends.set(args.join(' ').replaceAll(line.partner, 'P'), end);
    });
    const linesOf = (command: string) => (ends.get(command)?.stdout ?? '').trimEnd().split('\n');
    const rows = linesOf('audit --partner P --json').map((row) => JSON.parse(row) as Record<string, unknown>);
    expect(rows.filter(({ ruleId, reason }) => ruleId === HOSTILE && reason === HOSTILE)).toHaveLength(1);
    // A line for each row and the head: none of their line breaks made another.
    expect(linesOf('audit --partner P')).toHaveLength(rows.length + 1);
    expect(ends.get('audit --partner P')?.stdout).toContain(`${BEYOND} ms (beyond the calendar)`);
    const tailed = linesOf(`tail ${line.source.name} --from-beginning`);
    const titles = tailed.map((row) => (JSON.parse(row) as { value: { title: string } }).value.title);
    expect(titles).toEqual(Array.from({ length: DATES.length + 1 }, () => HOSTILE));
  });

  test('errors name what was typed, visibly', async () => {
    const commands: readonly string[][] = [
      [HOSTILE],
      [`--${HOSTILE}`],
      ['audit', '--limit', HOSTILE],
      ['audit', `--${HOSTILE}`],
      ['audit', '--outcome', HOSTILE],
      ['tail', HOSTILE],
      ['replay', 'show', HOSTILE],
      ['dead-letters', 'show', HOSTILE],
      ['publish', HOSTILE],
      ['connector', 'check', HOSTILE],
      ['connector', 'new', HOSTILE, '--url', HOSTILE],
      ['schemas', 'check', '--registry', `http://127.0.0.1:1/${HOSTILE}`],
    ];
    await together(commands, async (args) => {
      const end = await runRaw(args, env);
      expect([args, end.code === 0, end.stderr === '']).toEqual([args, false, false]);
      expectShown(end);
      // A forged line would begin with the partner that it speaks of.
      expect(end.stderr).not.toMatch(/^hospital {2}delivered/m);
    });
  });
});

/** A few at a time, as the machine has processors. */
async function together<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await run(one);
  };
  await Promise.all([lane(), lane(), lane()]);
}

/** An audit row, a pause and a replay of whoever may write to the topics. */
async function writeRows(): Promise<void> {
  const codec = new Codec(stack.registry);
  const row = await codec.encoder('ess.audit-value', readSchema('ess.audit') as object);
  const command = await codec.encoder(`${CONTROL_TOPIC}-value`, readSchema(CONTROL_TOPIC) as object);
  const { partner: name, source } = line;
  const attempt: DeliveryAttempt = {
    eventId: HOSTILE,
    ruleId: HOSTILE,
    version: 1,
    partner: name,
    topic: HOSTILE,
    partition: 0,
    offset: 0,
    deliveryId: HOSTILE,
    attempt: 1,
    outcome: 'held',
    reason: HOSTILE,
    status: 500,
    durationMs: 1,
    publishedAt: -BEYOND,
    attemptedAt: BEYOND,
    traceId: HOSTILE,
    worker: HOSTILE,
    replayId: HOSTILE,
    lastOffset: null,
    bodyDigest: HOSTILE,
    connectorDigest: HOSTILE,
    stagesMs: [Number.NaN],
  };
  const replay: Command['replay'] = {
    topic: source.name,
    partitions: [{ partition: 0, target: 0, until: 0 }],
    key: HOSTILE,
    newIds: false,
    ratePerSecond: null,
    current: false,
  };
  const given = { partner: name, by: HOSTILE, reason: HOSTILE };
  const control = [
    makeCommand({ id: `pause-${name}`, kind: 'pause', ...given }),
    makeCommand({ id: `late-${name}`, kind: 'pause', ...given }, BEYOND),
    makeCommand({ id: `replay-${name}`, kind: 'replay', ...given, replay }, BEYOND),
  ];
  const outbox = new Outbox(stack.kafka);
  await outbox.append([
    { topic: 'ess.audit', key: `${name}/${HOSTILE}`, value: row(attempt) },
    ...control.map((one) => ({ topic: CONTROL_TOPIC, key: one.id, value: command(one) })),
  ]);
  await outbox.close(5_000);
}

/** A folder whose names and texts are made for the terminal of whoever checks them. */
function brokenConnectors(): string {
  const folder = mkdtempSync(join(root, 'connectors-'));
  const here = join(folder, 'clinic');
  mkdirSync(here);
  mkdirSync(join(folder, 'x\u001b[2J\u202e\u009b31m'));
  writeFileSync(join(here, 'x\u001b[2J\nok.json'), '{');
  writeFileSync(join(here, 'mapping.json'), JSON.stringify({ fields: { [HOSTILE]: HOSTILE } }));
  const source = { topic: HOSTILE, where: { [HOSTILE]: HOSTILE } };
  const deliver = { url: `https://${HOSTILE}`, [HOSTILE]: HOSTILE };
  writeFileSync(join(here, 'connector.yaml'), JSON.stringify({ partner: HOSTILE, source, mapping: HOSTILE, deliver }));
  return folder;
}

// Each right is taken from a program once, while it works or when it starts: it says what is missing, on what, to whom and how it is
// granted, and goes on when the right is back, at once or when it is started again (docs/secured-kafka.md). Nothing is lost meanwhile.
// Some rights here, all of infra/access.yaml in full.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Grant } from '@ess/domain/access/right.ts';
import { shownRight } from '@ess/domain/access/right.ts';
import { PROJECTOR_GROUP } from '@ess/domain/stream/projection.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { grant, revoke } from '@ess/stream/access/acls.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nameOf } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { FULL } from '../harness/results.ts';
import type { ProgramName } from '../harness/secured/secured-programs.ts';
import { SecuredPrograms } from '../harness/secured/secured-programs.ts';
import { securedTestStack } from '../harness/secured/secured-stack.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { judge } from '../judges/delivery-checker.ts';
import { namesRight } from '../judges/named-right.ts';

interface Row {
  readonly program: ProgramName;
  /** As `ess access check` shows it; `<partner>` stands for the partner's name. */
  readonly right: string;
  /** When it is missed: all the time, at a start, at one after a crash, or when this is done. */
  readonly when: 'always' | 'start' | 'after a kill' | (() => Promise<unknown>);
  readonly short?: true;
}

/** A right that is taken away is missed a moment later. */
const ACT_EVERY_MS = 500;

const cleanup = new Cleanup();
let all: SecuredPrograms;

beforeAll(async () => {
  all = await SecuredPrograms.start(await securedTestStack(cleanup), cleanup);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

/** No program can read it: the worker parks it, and so does the bridge. */
let poisons = 0;
const poison = () => all.line.source.publishRaw(`poison-${poisons++}`, Buffer.from('no record'));
const order = (kind: 'pause' | 'resume') => all.ask(`partners/${all.line.partner}/${kind}`, {});
/** @returns undefined: no letter is parked yet, or another order runs */
const drop = async () => {
  await poison();
  const { partner } = all.line;
  const plan = (await all.ask(`partners/${partner}/letters/plan`, { kind: 'drop' })) as { id: string } | undefined;
  return plan && all.ask(`partners/${partner}/letters/drop`, { id: plan.id, confirm: partner });
};

const ROWS: readonly Row[] = [
  { program: 'worker', right: 'Read on topic rules', when: 'always' },
  { program: 'worker', right: 'Read on topic ess.control', when: 'always' },
  { program: 'worker', right: 'Read on topic ess.audit', when: 'after a kill' },
  { program: 'worker', right: 'Write on topic ess.audit', when: 'always', short: true },
  { program: 'worker', right: 'Write on topic ess.delivery-state', when: 'always' },
  { program: 'worker', right: 'Write on topic ess.dead-letters', when: poison },
  { program: 'worker', right: 'Write on topic ess.dead-letter-state', when: drop },
  { program: 'worker', right: 'DescribeConfigs on topic rules', when: 'start' },
  { program: 'worker', right: 'Read on group ess.<partner>', when: 'always', short: true },
  { program: 'inbound', right: 'Read on topic hospital.bedChange', when: 'always' },
  { program: 'inbound', right: 'Write on topic hospital.bedChange', when: 'always', short: true },
  { program: 'bridge', right: 'Read on topic rules', when: 'always' },
  { program: 'bridge', right: 'Read on topic public.rules', when: 'always' },
  { program: 'bridge', right: 'Read on topic ess.stream-state', when: 'start' },
  { program: 'bridge', right: 'Write on topic public.rules', when: 'always', short: true },
  { program: 'bridge', right: 'Write on topic rules.latest', when: 'always' },
  { program: 'bridge', right: 'Write on topic ess.stream-state', when: () => all.checkpoint() },
  { program: 'bridge', right: 'Write on topic ess.audit', when: poison },
  { program: 'bridge', right: 'Write on topic ess.dead-letters', when: poison },
  { program: 'bridge', right: 'Read on group ess.public', when: 'always' },
  { program: 'bridge', right: 'Write on transactional-id ess-projector-*', when: 'always' },
  { program: 'observer', right: 'Read on topic rules', when: 'always' },
  { program: 'observer', right: 'Read on topic rules.latest', when: 'always' },
  { program: 'observer', right: 'Read on topic public.rules', when: 'always' },
  { program: 'observer', right: 'Read on topic ess.audit', when: 'always' },
  { program: 'observer', right: 'Read on topic ess.delivery-state', when: 'always', short: true },
  { program: 'observer', right: 'Read on topic ess.dead-letters', when: 'always' },
  { program: 'observer', right: 'Read on topic ess.dead-letter-state', when: 'always' },
  { program: 'observer', right: 'Read on topic ess.stream-state', when: 'always' },
  { program: 'observer', right: 'Read on topic ess.control', when: 'always' },
  { program: 'observer', right: 'Describe on group ess.<partner>', when: 'always' },
  { program: 'observer', right: 'Describe on group ess.public', when: 'start' },
  { program: 'console', right: 'Read on topic rules', when: 'always' },
  { program: 'console', right: 'Read on topic rules.latest', when: 'start' },
  { program: 'console', right: 'Read on topic public.rules', when: 'start' },
  { program: 'console', right: 'Read on topic ess.control', when: 'start' },
  { program: 'console', right: 'Read on topic ess.dead-letters', when: 'always' },
  { program: 'console', right: 'Write on topic ess.control', when: () => order('pause'), short: true },
  { program: 'console', right: 'Describe on group ess.<partner>', when: 'always' },
];

const chosen = ROWS.filter(({ short }) => FULL || short);

test.each(chosen)('$program without $right', async ({ program, right, when }) => {
  const missing = grantOf(all.userOf(program), right);
  const { kafka } = all.stack;
  const isAtStart = when === 'start' || when === 'after a kill';
  const from = isAtStart ? 0 : all.process(program).lines.length;
  await revoke(kafka, [missing]);
  let acted: Promise<unknown> = Promise.resolve();
  const act = () => {
    if (typeof when === 'function') acted = Promise.allSettled([acted, when()]);
  };
  const again = setInterval(act, ACT_EVERY_MS);
  try {
    if (isAtStart) await all.restart(program, when === 'start' ? 'SIGTERM' : 'SIGKILL');
    const { lines } = all.process(program);
    const told = () => lines.slice(from).map((line) => JSON.stringify(line));
    const isTold = () => told().some((line) => namesRight(line, missing)) || undefined;
    await eventually(`${program} tells that it lacks ${right}`, isTold).catch((error) => {
      throw new Error(`${error.message}; it told:\n${told().slice(-10).join('\n')}`);
    });
  } finally {
    clearInterval(again);
    await acted; // what is asked for late is refused too
    await grant(kafka, [missing]);
  }
  await order('resume');
  await all.goesOn(program);
});

type First = () => Promise<unknown>;
const COMMANDS: ReadonlyArray<readonly [command: string, right: string, when?: 'short' | First]> = [
  ['publish FILE', 'Write on topic rules', 'short'],
  ['status', 'Read on group ess.<partner>'],
  ['status', 'Read on topic rules'],
  ['audit', 'Read on topic ess.audit'],
  ['pause <partner>', 'Write on topic ess.control', 'short'],
  // Of a topic with nothing in it nothing is refused.
  ['resume <partner>', 'Read on topic ess.control', () => order('pause')],
  ['dead-letters list', 'Read on topic ess.dead-letters', drop],
  ['dead-letters list', 'Read on topic ess.dead-letter-state', drop],
  ['lockstep', 'Read on topic ess.delivery-state'],
  ['topics apply', 'AlterConfigs on topic rules'],
  ['access check', 'Describe on the cluster'],
];

const commands = COMMANDS.map(([command, right, when]) => ({ command, right, when }));
const chosenCommands = commands.filter(({ when }) => FULL || when === 'short');

test.each(chosenCommands)('ess $command without $right', async ({ command, right, when }) => {
  const missing = grantOf('ess-ops', right);
  const file = join(temporaryFolder(cleanup), 'rule.json');
  writeFileSync(file, JSON.stringify(makeRule('by-hand', 1, { scope: 'Nobody' })));
  const argsOf = (words: string) =>
    words.split(' ').map((word) => (word === 'FILE' ? file : word.replace('<partner>', all.line.partner)));
  // A right that is taken away is missed a moment later: whoever has paused cannot pause again.
  const undone = command.replace('pause', 'resume');
  if (typeof when === 'function') await eventually('there is something to refuse', when);
  let [isUndone, told] = [true, ''];
  await revoke(all.stack.kafka, [missing]);
  try {
    await eventually(`ess ${command} is refused`, async () => {
      isUndone = !isUndone;
      const { code, stdout, stderr } = await all.ess(...argsOf(isUndone ? undone : command));
      told = `${stdout}${stderr}(${code})`;
      return namesRight(told, missing) || undefined;
    }).catch((error) => {
      throw new Error(`${error.message}; it told:\n${told}`);
    });
  } finally {
    await grant(all.stack.kafka, [missing]);
  }
  expect(told).toContain('ess access apply');
  expect(await all.ess(...argsOf(undone))).toMatchObject({ code: 0 });
});

test('nothing was lost of what was published and rung meanwhile', async () => {
  const rules = await all.load.stop();
  await all.ringer.stop();
  await all.line.drained();
  const verdict = judge(rules, all.receiver.received, await all.line.audit());
  expect(verdict).toMatchObject({ published: rules.length, lost: [], outOfOrder: [], unaudited: [] });
  const shown: string[] = [];
  await eventually('the bridge has all of them', async () => {
    const [committed] = await all.stack.admin.fetchOffsets({ groupId: PROJECTOR_GROUP, topics: ['rules'] });
    const ends = await all.stack.admin.fetchTopicOffsets('rules');
    const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, offset]));
    return ends.every(({ partition, high }) => high === '0' || at.get(partition) === high) || undefined;
  });
  const codec = new Codec(all.stack.registry);
  for await (const batch of rows(codec, 'public.rules', read(all.stack.kafka, { topic: 'public.rules' })))
    shown.push(...batch.map(({ row }) => nameOf(row)).filter((name) => !name.startsWith('by-hand')));
  expect(shown.toSorted()).toEqual(rules.map(nameOf).toSorted());
  const rung: unknown[] = [];
  for await (const batch of read(all.stack.kafka, { topic: 'hospital.bedChange' }))
    rung.push(...batch.map(({ headers }) => String(headers['idempotency-key'])));
  expect(rung.toSorted()).toEqual([...all.ringer.answered.keys()].toSorted());
});

function grantOf(user: string, right: string): Grant {
  const wanted = right.replace('<partner>', all.line.partner);
  const found = all.grants.find((one) => one.user === user && shownRight(one) === wanted);
  if (!found) throw new Error(`infra/access.yaml gives ${user} no ${wanted}`);
  return found;
}

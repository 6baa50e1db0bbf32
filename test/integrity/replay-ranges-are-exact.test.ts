// Every way to say what `ess replay` sends again: exactly that goes out, and what cannot be had is refused with the reason,
// before anything moves. What was given can be listed and looked at afterwards.
import { partitionOf } from '@ess/stream/wire/partition.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { openControl } from '../harness/data/control.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const PARTITIONS = 3;
const KEYS = 30;
const VERSIONS = 2;

interface Given {
  readonly id: string;
  readonly status: string;
  readonly records: number;
  readonly reason: string | null;
  readonly preview: { readonly records: number; readonly inScope: number };
}

test('a part of the topic by offset, by event or by partition goes out again, and nothing else', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: PARTITIONS });
  await line.start();
  const rules = Array.from({ length: KEYS * VERSIONS }, (_, index) =>
    makeRule(`r${index % KEYS}`, 1 + Math.floor(index / KEYS)),
  );
  await line.source.publish(rules);
  await line.drained();
  const inPartition = (partition: number) =>
    rules.filter(({ ruleId }) => partitionOf(ruleId, PARTITIONS) === partition);

  const replays: Given[] = [];
  const replay = async (...args: string[]): Promise<string[]> => {
    const given = await line.json<Given>('replay', line.partner, ...args, '--yes', '--wait');
    replays.push(given);
    expect(given.status).toBe('completed');
    const again = partner.received.filter(({ headers }) => headers['ess-replay'] === given.id);
    expect([given.records, given.preview.inScope]).toEqual([again.length, again.length]);
    return again.map(({ body }) => `${body['ruleId']} v${body['version']}`).sort();
  };
  const names = (of: typeof rules) => of.map(({ ruleId, version }) => `${ruleId} v${version}`).sort();

  // A partition is in the order in which it was published.
  const [first] = inPartition(1);
  expect(await replay('--from-offset', '1:5')).toEqual(names(inPartition(1).slice(5)));
  expect(await replay('--from-event', first?.eventId ?? '', '--reason', 'asked for')).toEqual(names(inPartition(1)));
  expect(await replay('--earliest', '--partitions', '0,2', '--rate', 'max')).toEqual(
    names([...inPartition(0), ...inPartition(2)]),
  );

  const nothing = await line.json('replay', line.partner, '--since', '1ms', '--yes');
  expect(nothing).toMatchObject({ id: null, status: 'nothing to replay' });

  const refused: ReadonlyArray<readonly [args: readonly string[], says: string]> = [
    [['--yes'], 'say where to begin, once'],
    [['--earliest', '--since', '1h'], 'say where to begin, once'],
    [['--current', '--until', '1h'], '--until has no meaning'],
    [['--since', '1h', '--until', '2h'], 'is not after --since'],
    [['--from-offset', '1-5'], 'write PARTITION:OFFSET'],
    [['--from-offset', '9:5'], 'has no partition 9: it has 0 to 2'],
    [['--from-event', 'unheard-of'], 'holds no event "unheard-of"'],
    [['--earliest', '--partitions', '0,7'], 'has no partition 7: it has 0 to 2'],
    [['--earliest', '--rate', '0'], 'write e.g. 50/s'],
    [['--current', '--yes'], 'only rules has rules.latest'],
    [['--earliest'], 'add --yes, or --dry-run'], // nobody is there to be asked
  ];
  const before = await line.committed();
  const answers = await Promise.all(refused.map(([args]) => line.run('replay', line.partner, ...args)));
  expect(answers.map(({ code, stdout, stderr }) => [code, stdout, stderr])).toEqual(
    refused.map(([, says]) => [2, '', expect.stringContaining(says)]),
  );
  const offsetsOf = (committed: typeof before) => [...committed].map(([partition, { offset }]) => [partition, offset]);
  expect(offsetsOf(await line.committed())).toEqual(offsetsOf(before));
  await control.caughtUp();
  expect(control.state.list('replay').filter(({ command }) => command.partner === line.partner)).toHaveLength(3);

  const [listed, running, shown, text, misspelt] = await Promise.all([
    line.run('replay', 'list', '--partner', line.partner, '--json'),
    line.run('replay', 'list', '--partner', line.partner, '--running'),
    line.json<Given>('replay', 'show', replays[1]?.id ?? ''),
    line.run('replay', 'show', replays[1]?.id ?? ''),
    line.run('replay', 'list', '--partner', `${line.partner}x`),
  ]);
  const rows = listed.stdout
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row) as Given);
  expect(rows.map(({ id, status }) => [id, status])).toEqual(replays.map(({ id }) => [id, 'completed']));
  expect([running.code, running.stdout, running.stderr]).toEqual([0, '', 'no replay']);
  expect(shown).toMatchObject({ reason: 'asked for', records: inPartition(1).length });
  expect(text.stdout).toMatch(/completed {2}100 % .*\nordered by .*: asked for\npartition +state .*\n +1 +completed/);
  expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringContaining(`did you mean "${line.partner}"?`)]);
});

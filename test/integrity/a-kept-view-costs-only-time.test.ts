// The view that an observer keeps: one that is killed leaves it, whoever comes next goes on from there, and what becomes of the
// file costs time and no answer.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { LockstepAnswer } from '@ess/view/answer.ts';
import { auditIndexOf } from '@ess/view/audit/audit-index-name.ts';
import { pastAnswer } from '@ess/view/past.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

const TOKEN = { ESS_VIEW_TOKEN: 'planted-token-of-the-view' };

test('a kept view and what was read since are what a view from nothing is, whatever became of the observer and its file', async () => {
  await using cleanup = new Cleanup();
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const file = join(temporaryFolder(cleanup), 'kept', 'view.sqlite');
  const kept = { ESS_VIEW_FILE: file };

  /** What is told of every rule, and what the log said of the file. */
  const asked = async (env: Record<string, string>) => {
    const command = line.ess(['lockstep', '--all', '--json'], { ESS_LOG_LEVEL: 'debug', ...env });
    expect(await command.exited).toBe(0);
    const { partners, cells } = JSON.parse(command.stdout) as LockstepAnswer;
    const told = cells.map(({ ruleId, expected, acked, state }) => `${ruleId} ${expected} ${acked} ${state}`).sort();
    const ofFile = command.lines.map(({ msg }) => msg).filter((msg) => /^view\.(file|asked)/.test(msg ?? ''));
    return { told, inStep: partners.map(({ inStep }) => inStep), ofFile };
  };
  /** What is told of a past moment, with the index of the audit or without. */
  const past = async (atMs: number, indexFile?: string) => {
    const options = { withoutEnv: true, sourceSchema: () => readSchema('rules') };
    const connectors = [loadConnector(line.connectors, line.partner, options)];
    const said: string[] = [];
    const log = { info: (_: object, text: string) => said.push(text) };
    const { kafka, registry } = stack;
    const { cells } = await pastAnswer({ kafka, registry, connectors, atMs, indexFile, log }, { all: true });
    return { cells: cells.toSorted((one, two) => (one.ruleId < two.ruleId ? -1 : 1)), said };
  };
  const observe = async (ofFile: string) => {
    const observer = line.ess(['observer', '--port', '0'], { ...kept, ...TOKEN });
    await observer.logged(ofFile);
    await observer.logged('observer.started');
    return observer;
  };
  /** Other tests of this Kafka have rules too. */
  const own = (name: string) => `${line.partner}-${name}`;
  const rules = (version: number, ...names: string[]) => names.map((name) => makeRule(own(name), version));

  await line.start();
  await line.source.publish([...rules(1, 'a', 'b', 'c'), makeRule(own('away'), 1, { scope: 'Ems' })]);
  await line.drained();
  const first = await observe('view.file.anew');
  await Promise.all([first.logged('view.file.kept'), first.logged('view.index.complete')]);
  const indexedAtMs = Date.now();
  await first.signal('SIGKILL');
  await line.source.publish([...rules(2, 'a', 'b'), ...rules(1, 'd')]);
  await line.drained();
  const fromNothing = await asked({});
  expect(fromNothing).toMatchObject({ inStep: [4], ofFile: [] });
  expect(await asked(kept)).toEqual({ ...fromNothing, ofFile: ['view.file.restored'] });

  const ofTopic = await past(indexedAtMs);
  expect(ofTopic.cells.map(({ ruleId, acked }) => [ruleId, acked])).toEqual([
    [own('a'), 1],
    [own('away'), null],
    [own('b'), 1],
    [own('c'), 1],
  ]);
  expect(await past(indexedAtMs, auditIndexOf(file))).toEqual({ ...ofTopic, said: ['view.index.read'] });
  // One row is not what it was: what came before it counts, and the rest is read from Kafka.
  const damaged = join(temporaryFolder(cleanup), 'damaged');
  for (const end of ['', '-wal']) copyFileSync(auditIndexOf(file) + end, damaged + end);
  const harmed = new DatabaseSync(damaged);
  expect(harmed.prepare('UPDATE attempts SET value = ? WHERE rule = ?').run('', own('b')).changes).toBe(1);
  harmed.close();
  expect(await past(indexedAtMs, damaged)).toEqual({ ...ofTopic, said: ['view.index.left'] });
  writeFileSync(damaged, 'something else');
  expect(await past(indexedAtMs, damaged)).toEqual({ ...ofTopic, said: ['view.index.left'] });
  const rule = line.ess(['rule', own('a'), '--json'], { ESS_LOG_LEVEL: 'debug', ...kept });
  await rule.logged('view.index.read');
  expect(await rule.exited).toBe(0);
  expect(JSON.parse(rule.stdout)).toMatchObject({ attempts: [{ version: 1 }, { version: 2 }] });

  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
  expect(await asked(kept)).toEqual({ ...fromNothing, ofFile: ['view.file.anew'] });
  const second = await observe('view.file.anew');
  await second.logged('view.file.kept');
  // With the token it is the observer that is asked; one that has other connectors would not be.
  expect(await asked({ ...kept, ...TOKEN })).toEqual({ ...fromNothing, ofFile: ['view.asked'] });
  const { admin } = await second.logged('observer.started');
  expect((await fetch(`${admin}/view`)).status).toBe(401);
  await second.signal('SIGTERM');
  expect(second.output).not.toContain(TOKEN.ESS_VIEW_TOKEN);
  expect(await asked({ ...kept, ...TOKEN })).toEqual({ ...fromNothing, ofFile: ['view.file.restored'] });
});

// The publishers of docs/publish.md, as they stand there: each is run against the door of connectors/policy-editor, over real sockets.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashApiKey, newApiKey } from '@ess/runtime/access/api-key.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { openDoorsOf } from '@ess/test/fakes/doors/clinic-doors.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/publish.md'), 'utf8');
const KEY = newApiKey().key;
const POLICY = blockOf('json');

/** The first block of the page in a language. */
function blockOf(language: string): string {
  const block = new RegExp(`\n\`\`\`${language}\n([\\s\\S]*?)\n\`\`\`\n`).exec(PAGE)?.[1];
  if (block === undefined) throw new Error(`docs/publish.md has no block of ${language}`);
  return block;
}

const PUBLISHERS: ReadonlyArray<readonly [language: string, file: string, command: string]> = [
  ['ts', 'publish.ts', process.execPath],
  ['python', 'publish.py', 'python3'],
  ['java', 'Publish.java', 'java'],
];
const there = PUBLISHERS.filter(([, , command]) => spawnSync(command, ['--version']).status === 0);

const folder = temporaryFolder({ defer: afterAll });
let doors: Awaited<ReturnType<typeof openDoorsOf>>;
beforeAll(async () => {
  const variables: Record<string, string> = {
    POLICY_EDITOR_SIGNING_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    POLICY_EDITOR_API_KEY_HASH: hashApiKey(KEY),
  };
  const { connector, problems } = compilePartner(join(ROOT, 'connectors'), 'policy-editor', {
    env: (name) => variables[name],
  });
  if (connector === undefined) throw new Error(JSON.stringify(problems));
  doors = await openDoorsOf(connector);
  for (const [language, file] of PUBLISHERS) {
    mkdirSync(join(folder, file), { recursive: true });
    writeFileSync(join(folder, file, file), blockOf(language));
    writeFileSync(join(folder, file, 'policy.json'), POLICY);
  }
});
beforeEach(() => {
  doors.rung.length = 0;
});
afterAll(() => doors.close());

function publish(file: string, command: string, key = KEY): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DOOR: `${doors.url}/policies`, POLICY_EDITOR_API_KEY: key };
  return new Promise((resolve) => {
    execFile(command, [file], { cwd: join(folder, file), env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}

test.each(there)('the publisher in %s publishes, and repeats under one key', async (_, file, command) => {
  // The first one is in Kafka, and the publisher does not learn so.
  doors.away = 1;
  expect(await publish(file, command)).toMatchObject({ code: 0 });
  expect(doors.rung).toHaveLength(2);
  const [first, again] = doors.rung;
  expect(again).toEqual({ ...first, records: expect.anything() });
  expect(first).toMatchObject({ door: 'policy-editor /policies', key: expect.stringMatching(/^policy-/) });
  expect(JSON.parse(String(again?.records[0]?.value))).toMatchObject({
    ruleId: 'surge-capacity',
    version: 3,
    status: 'active',
    minIcuBeds: 12,
    publishedBy: 'policy-editor',
    auditStamp: { id: 'A-3', approvedBy: 'health-board', approvedAt: Date.UTC(2026, 10, 24, 10) },
  });
});

test.each(there)('the publisher in %s shows why it is refused, and gives up', async (_, file, command) => {
  const { code, output } = await publish(file, command, 'ess_wrong');
  expect([code, doors.rung]).toEqual([1, []]);
  expect(output).toContain('no valid credentials');
});

test.each(PUBLISHERS)('the publisher in %s is short', (language) => {
  expect(blockOf(language).split('\n').length).toBeLessThanOrEqual(15);
});

// The file that a variable names may come after the connector: it was refused for want of it, and is looked at again.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { connectorVariable } from '../settings/environment.ts';
import { ConnectorSet } from './connector-set.ts';

const root = temporaryFolder({ defer: afterAll });
const files = temporaryFolder({ defer: afterAll });
const programs = { ...process.env };
afterEach(() => {
  process.env = { ...programs };
});

const yamlOf = (partner: string): string => join(root, partner, 'connector.yaml');
const change = (partner: string, edit: (text: string) => string): void =>
  writeFileSync(yamlOf(partner), edit(readFileSync(yamlOf(partner), 'utf8')));

function write(partner: string): void {
  cpSync('connectors/hospital', join(root, partner), { recursive: true });
  rmSync(join(root, partner, 'samples'), { recursive: true });
  const name = partner.toUpperCase();
  change(partner, (text) => text.replace('partner: hospital', `partner: ${partner}`).replaceAll('HOSPITAL', name));
  process.env[`${name}_SIGNING_SECRET`] = `whsec_${Buffer.alloc(32).toString('base64')}`;
  process.env[`${name}_SECRET`] = 'planted-secret';
}

test('a connector that lacks the file of a variable is taken when it is there, at a start and for a change', async () => {
  for (const partner of ['ward', 'late']) write(partner);
  delete process.env['LATE_SECRET'];
  process.env['LATE_SECRET_FILE'] = join(files, 'secret');
  process.env['WARD_TOKEN_FILE'] = join(files, 'token');
  const told: string[] = [];
  let wake = (): void => undefined;
  const tell = ({ partner }: { partner?: string }, what?: string): void => {
    told.push(`${what} ${partner}`);
    wake();
  };
  const next = async (): Promise<string | undefined> => {
    while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return told.shift();
  };
  const set = await ConnectorSet.open({
    root,
    concerns: () => true,
    schemas: async () => ({ env: (name) => connectorVariable(process.env, name) }),
    redactor: { add: () => undefined },
    log: { info: tell, warn: tell, error: tell } as never,
    lookEveryMs: 20,
  });
  expect(set.leftOut).toBe(1);
  const taken: string[] = [];
  const unfollow = set.follow({
    put: ({ partner, secrets }) => void taken.push(partner, ...secrets.filter((secret) => secret.startsWith('later'))),
    remove: () => undefined,
  });
  try {
    expect(await next()).toBe('connector.refused late');
    writeFileSync(join(files, 'secret'), 'later-secret');
    expect(await next()).toBe('connector.added late');
    expect([set.leftOut, taken.splice(0)]).toEqual([0, ['late', 'later-secret']]);

    change('ward', (text) => text.replace('WARD_SECRET}" } }', 'WARD_TOKEN}" } }'));
    expect(await next()).toBe('connector.refused ward');
    writeFileSync(join(files, 'token'), 'later-token');
    expect(await next()).toBe('connector.reloaded ward');
    expect(taken).toEqual(['ward', 'later-token']);
  } finally {
    unfollow();
  }
});

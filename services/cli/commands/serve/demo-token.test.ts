import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashApiKey } from '@ess/runtime/access/api-key.ts';
import { afterAll, expect, test } from '@jest/globals';
import { makeDemoToken } from './demo-token.ts';

const folder = mkdtempSync(join(tmpdir(), 'ess-demo-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a token is made once, with the right to everything, and only its hash is kept', () => {
  const files = { rights: join(folder, 'made/rights.yaml'), tokens: join(folder, 'made/tokens.yaml') };
  const token = makeDemoToken(files) ?? '';
  expect(readFileSync(files.tokens, 'utf8')).toBe(`demo: ${hashApiKey(token)}\n`);
  expect(readFileSync(files.rights, 'utf8')).toContain('token: demo');
  expect(makeDemoToken(files)).toBeUndefined();
});

test('without a file of tokens nobody signs in, and nothing is made', () => {
  expect(makeDemoToken({})).toBeUndefined();
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CELL_STATES } from '@ess/domain/view/cell.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import type { View } from '@ess/view/view.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import { History } from '../../history/history.ts';
import { localSubject } from '../../rights/subject.ts';
import { createApp } from '../app.ts';
import type { Listening } from '../routes.ts';
import { addRoutes } from '../routes.ts';
import { ANSWERS } from './answers.ts';

const RULES = fileURLToPath(new URL('../../../../test/openapi-rules.yaml', import.meta.url));
const page = temporaryFolder({ defer: afterAll });
const at = new Date(0).toISOString();
const cell = { partner: 'p', ruleId: 'r', expected: 1, acked: null, state: 'behind', since: at, why: '' };
const byState = Object.fromEntries(CELL_STATES.map((state) => [state, 0]));
const totals = {
  partner: 'p',
  inStep: 0,
  drifting: 1,
  byState,
  oldestDriftSeconds: 1,
  oldestWaitingSeconds: 1,
  inStepSince: null,
};
const view = {
  judge: {
    ofRule: () => [cell],
    tallied: async () => ({ nowMs: 0, partners: [totals] }),
    find: async () => [],
    piece: () => ({ at, total: 1, from: 0, cells: [cell] }),
    rulesLike: () => ['r'],
    labels: () => ['Hospital'],
    deadLetters: () => 0,
  },
  partners: ['p'],
  behindMs: () => 0,
  groupOf: () => undefined,
} as unknown as View;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

let app: FastifyInstance;
let document: Document;

beforeAll(async () => {
  const onFault = (error: unknown) => {
    throw error;
  };
  app = await createApp({ page, hosts: [], subjectOf: localSubject, onFault }, (api) => {
    addRoutes(api, view, new History(0), {} as Listening);
    api.post('/some/:thing', { schema: { body: { type: 'object' } } }, () => ({}));
  });
  document = JSON.parse((await app.inject('/api/v1/openapi.json')).body) as Document;
});
afterAll(() => app.close());

test('the document is clean, and has each route with its parameters', async () => {
  const config = await createConfig(readFileSync(RULES, 'utf8'));
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  expect(problems.map(({ message, location }) => `${location[0]?.pointer} ${message}`)).toEqual([]);
  expect(document.paths['/some/{thing}']).toMatchObject({ post: { requestBody: {}, parameters: [{ name: 'thing' }] } });
  expect(document.paths['/cells']?.['get']).toMatchObject({
    parameters: expect.arrayContaining([expect.objectContaining({ name: 'partner', in: 'query' })]),
  });
  for (const route of Object.keys(ANSWERS)) {
    const [method = '', path = ''] = route.split(' ');
    expect([route, document.paths[path]?.[method.toLowerCase()]]).toEqual([route, expect.any(Object)]);
  }
});

test.each(Object.keys(ANSWERS))('%s answers as the document says', async (route) => {
  const path = route.replace('GET ', '').replace('{name}', 'p').replace('{id}', 'r');
  const { statusCode, body } = await app.inject(`/api/v1${path}${path === '/rules' ? '?part=r' : ''}`);
  const ajv = new Ajv.default({ allowUnionTypes: true });
  addFormats.default(ajv);
  const matches = ajv.compile(ANSWERS[route] ?? {});
  expect([statusCode, matches(JSON.parse(body)), matches.errors]).toEqual([200, true, null]);
});

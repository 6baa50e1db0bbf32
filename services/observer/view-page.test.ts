import type { IncomingMessage } from 'node:http';
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import { expect, test } from '@jest/globals';
import { viewPage } from './view-page.ts';

const TOKEN = 'view-token-0123456789';
const PARTNERS = [
  { partner: 'clinic', drifting: 0 },
  { partner: 'hospital', drifting: 2 },
];

function page(token: string | null = TOKEN) {
  const asked: Question[] = [];
  let read = 0;
  const view = {
    answer(question: Question = {}) {
      asked.push(question);
      return { at: 'now', readTo: { rules: read }, partners: PARTNERS, cells: [] } as unknown as LockstepAnswer;
    },
    caughtUp: async () => {
      read += 1;
    },
    identityOf: (partners: readonly string[]) => `of ${partners.join(' ')}`,
  };
  const answer = viewPage(() => view, token ?? undefined);
  const get = async (url: string, authorization: string | undefined = `Bearer ${TOKEN}`) => {
    const { status, body } = await answer({ url, headers: { authorization } } as IncomingMessage);
    return [status, status === 200 ? JSON.parse(body) : body] as const;
  };
  return { get, asked };
}

test('who has the token is told what ess lockstep --json tells, read to the end', async () => {
  const { get, asked } = page();
  expect(await get('/view')).toEqual([200, { at: 'now', readTo: { rules: 1 }, partners: PARTNERS, cells: [] }]);
  expect(await get('/view?rule=wf-1&partner=hospital&partner=clinic&all=true')).toMatchObject([200, {}]);
  expect(await get('/view?drifted=true')).toMatchObject([200, {}]);
  expect(asked).toEqual([
    {},
    { rule: 'wf-1', all: true, partners: new Set(['hospital', 'clinic']) },
    { drifted: true },
  ]);
});

test('without the token, or where none is set, nothing is told', async () => {
  for (const authorization of ['', 'Bearer ', `Bearer ${TOKEN}x`, TOKEN, `Basic ${TOKEN}`])
    expect(await page().get('/view', authorization)).toMatchObject([401, expect.not.stringContaining('hospital')]);
  expect((await page(null).get('/view'))[0]).toBe(404);
  expect(page(null).asked).toEqual([]);
});

test('a view of something else than is asked for does not answer, nor does one that knows a parameter not', async () => {
  const { get, asked } = page();
  expect((await get('/view?partner=a&partner=b&identity=of%20a%20b'))[0]).toBe(200);
  expect((await get('/view?partner=a&identity=of%20a%20b'))[0]).toBe(409);
  expect(await get('/view?partners=a')).toEqual([400, expect.stringMatching(/"partners".*partner, rule/)]);
  expect(asked).toHaveLength(1);
  expect(
    (
      await viewPage(
        () => undefined,
        TOKEN,
      )({ url: '/view', headers: { authorization: `Bearer ${TOKEN}` } } as IncomingMessage)
    ).status,
  ).toBe(503);
});

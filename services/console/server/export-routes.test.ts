import type { AuditSearch } from '@ess/view/audit/audit-search.ts';
import { afterAll, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import type { Seen } from '../rights/record.ts';
import type { SignedIn } from '../rights/subject.ts';
import { addExportRoute } from './export-routes.ts';

const apps: Array<{ close(): Promise<unknown> }> = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

const PARTNERS = ['clinic', 'hospital', 'school'];
const row = (partner: string, offset: number) => ({
  row: { partner, outcome: 'delivered', attemptedAt: 0, publishedAt: null, version: 1 },
  record: { partition: 0, offset },
});

/** Two pieces, one after the other. @param between is done after the first */
function opened(may: (partner: string) => boolean, between: () => void = () => undefined, isOver = () => false) {
  const app = Fastify();
  apps.push(app);
  const subject: SignedIn = {
    name: 'ann',
    key: 'ann',
    via: 'token',
    isGuestAt: () => false,
    isOver,
    may: (_action, partner) => may(partner),
  };
  const seen: Seen[] = [];
  app.decorateRequest('subject', { getter: () => subject });
  app.decorate('onRecord', async (_request: unknown, one: Seen) => void seen.push(one));
  const search = {
    find: async ({ behind, sees }: Parameters<AuditSearch['find']>[0], limit: number) => {
      const found = PARTNERS.map(row).filter((one) => sees?.(one.row.partner, 'delivered'));
      if (limit > 1 && !behind) queueMicrotask(between);
      const next = behind ? undefined : { timestampMs: 1, partition: 0, offset: 1 };
      return { found, reachesMs: 86_400_000, ...(next && { next }) };
    },
  } as unknown as AuditSearch;
  addExportRoute(app, search, () => PARTNERS);
  const ask = async (payload: object) => {
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/attempts/export', payload });
    return [statusCode, body] as const;
  };
  return { ask, seen };
}
const partnersIn = (text: string) => [...text.matchAll(/"partner":"(\w+)"/g)].map(([, name]) => name);

test('each partner whose rows are taken has it on record, with what was asked for', async () => {
  const { ask, seen } = opened((partner) => partner !== 'clinic');
  const [status, body] = await ask({ format: 'json', reason: 'ticket', rule: 'wf-1' });
  expect([status, partnersIn(body)]).toEqual([200, ['hospital', 'school', 'hospital', 'school']]);
  expect(seen).toEqual(
    ['hospital', 'school'].map((partner) => ({ partner, what: 'export', reason: 'ticket (rule wf-1)' })),
  );
});

test('who may export nowhere is refused, and nothing is on record', async () => {
  const { ask, seen } = opened(() => false);
  expect([(await ask({ format: 'csv' }))[0], seen]).toEqual([403, []]);
});

test('a right that is taken away while a file comes ends what is taken by it, and a sign-out ends the file', async () => {
  let isLeft = true;
  const taking = opened(
    (partner) => partner === 'hospital' || isLeft,
    () => {
      isLeft = false;
    },
  );
  expect(partnersIn((await taking.ask({ format: 'json' }))[1])).toEqual([...PARTNERS, 'hospital']);
  let isOver = false;
  const leaving = opened(
    () => true,
    () => {
      isOver = true;
    },
    () => isOver,
  );
  const [, body] = await leaving.ask({ format: 'json' });
  expect([partnersIn(body), body.includes('signed out')]).toEqual([PARTNERS, true]);
});

test.each([
  ['1970-01-01T00:00:00Z', true],
  ['1970-01-03T00:00:00Z', false],
])('since %s, a file says whether the index reaches back so far', async (since, isSaid) => {
  const [, body] = await opened(() => true).ask({ format: 'json', since });
  expect(body.includes('reaches back to 1970-01-02')).toBe(isSaid);
});

import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import type { AuditSearch } from '@ess/view/audit/audit-search.ts';
import type { View } from '@ess/view/view.ts';
import { afterAll, expect, test } from '@jest/globals';
import { History } from '../history/history.ts';
import type { SignedIn } from '../rights/subject.ts';
import { localSubject } from '../rights/subject.ts';
import { createApp } from './app.ts';
import { addAuditRoutes } from './audit-routes.ts';
import type { Listening } from './routes.ts';
import { addRoutes } from './routes.ts';

const page = temporaryFolder({ defer: afterAll });
const cell = (ruleId: string, state: string, acked: number | null, partner = 'hospital') => ({
  ...{ partner, ruleId, state, acked, expected: 4, since: '', sinceMs: 0 },
  why: 'paused since 2026-11-24T03:12:00.000Z by bob',
});
const CELLS = [
  cell('own', 'behind', null),
  cell('left', 'outOfScope', 3),
  ...[cell('secret-1', 'outOfScope', null), cell('secret-2', 'withdrawn', null)],
];
type Matches = (one: (typeof CELLS)[number]) => boolean;
const view = {
  judge: {
    all: (matches: Matches) => ({ cells: CELLS.filter(matches) }),
    isOfNow: () => true,
    find: async (matches: Matches) => CELLS.filter(matches),
    piece: (cells: typeof CELLS, _of: unknown, isTold: Matches) => ({ cells: cells.filter(isTold) }),
    ofRule: (ruleId: string) => CELLS.filter((one) => one.ruleId === ruleId),
    rulesLike: (_part: string, _limit: number, of: (partner: string) => boolean) =>
      CELLS.filter(({ partner }) => of(partner)).map(({ ruleId }) => ruleId),
  },
  partners: ['hospital'],
} as unknown as View;
const search = {
  find: async ({ sees }: Parameters<AuditSearch['find']>[0]) => ({
    found: ['skipped', 'delivered', 'moved'].flatMap((outcome) =>
      sees?.('hospital', outcome)
        ? [
            {
              row: {
                ...{ partner: 'hospital', outcome, worker: 'w-secret', attemptedAt: 0, publishedAt: null },
                reason: outcome === 'moved' ? 'replay ordered by bob (their disk (from 10.0.0.9))' : null,
              },
              record: { partition: 0, offset: 0 },
            },
          ]
        : [],
    ),
  }),
} as unknown as AuditSearch;

test('a partner at its own window is told of no rule that was never meant for it, wherever it looks', async () => {
  const subject: SignedIn = { ...localSubject(), isGuestAt: () => true };
  const onFault = (error: unknown) => {
    throw error;
  };
  const openTo = (who: SignedIn) =>
    createApp({ page, hosts: [], subjectOf: () => who, onFault }, (api) => {
      addRoutes(api, view, new History(0), {} as Listening);
      addAuditRoutes(api, search);
    });
  const [guest, operator] = await Promise.all([openTo(subject), openTo(localSubject())]);
  const paths = ['cells?all=true', 'rules?part=E', 'rules/secret-1', 'attempts'];
  const said = async (app: typeof guest) =>
    Promise.all(paths.map(async (path) => (await app.inject(`/api/v1/${path}`)).body));
  expect(
    (await said(guest)).filter((body) =>
      /secret-\d"|skipped|w-secret|bob|10\.0/.test(body.replace(/"ruleId":"secret-1","cells":\[\]/, '')),
    ),
  ).toEqual([]);
  expect((await said(operator)).filter((body) => /secret-\d"|skipped/.test(body))).toHaveLength(4);
  const [cells = '', rules = ''] = await said(guest);
  expect(JSON.parse(cells).cells).toHaveLength(2);
  expect(JSON.parse(rules).rules).toEqual(['left']);
  await Promise.all([guest.close(), operator.close()]);
});

test('whoever is at one partner as the partner, and at another one as an operator, is told of each so', async () => {
  const onFault = (error: unknown) => {
    throw error;
  };
  const cells = [...CELLS, cell('secret-9', 'outOfScope', null, 'clinic')];
  const both = {
    partners: ['clinic', 'hospital'],
    judge: { ...view.judge, find: async (matches: Matches) => cells.filter(matches) },
  } as unknown as View;
  const subject: SignedIn = { ...localSubject(), isGuestAt: (partner) => partner === 'hospital' };
  const app = await createApp({ page, hosts: [], subjectOf: () => subject, onFault }, (api) =>
    addRoutes(api, both, new History(0), {} as Listening),
  );
  const { body } = await app.inject('/api/v1/cells?all=true');
  const told = JSON.parse(body).cells as ReadonlyArray<{ ruleId: string; why: string }>;
  expect(told.map(({ ruleId }) => ruleId)).toEqual(['own', 'left', 'secret-9']);
  expect(told.map(({ why }) => why.includes('bob'))).toEqual([false, false, true]);
  await app.close();
});

// The exercise of the story, played on a copy: published, delivered, an outage, /replay; and what a person looks at beside it.
import { eventually } from '../harness/deadline.ts';
import { equal } from './checks.ts';
import type { Copy } from './copy.ts';

export const RULE = 'infra/demo/wildfire.json';
const HOSPITAL = 7001;
const BRIDGE = 8082;
const CONSOLE = 8080;
export const ARROW = '→ POST /api/v1/reserveBeds';

interface Reservation {
  readonly event: string;
  readonly bedCap: number;
}

export async function publish(copy: Copy): Promise<void> {
  await copy.ess('publish', RULE);
}

/** Resolves when the hospital has so many. */
export function reserved(copy: Copy, count: number): Promise<readonly Reservation[]> {
  return eventually(`${count} reservations`, async () => {
    const found = (await ask(copy.url(HOSPITAL, '/api/v1/reservations'))) as Reservation[] | undefined;
    return found !== undefined && found.length >= count ? found : undefined;
  });
}

/** Published, delivered, and to be seen in the log as the story has it. */
export async function delivers(copy: Copy): Promise<void> {
  const before = ((await ask(copy.url(HOSPITAL, '/api/v1/reservations'))) as Reservation[] | undefined)?.length ?? 0;
  await publish(copy);
  const found = await reserved(copy, before + 1);
  equal(new Set(found.map(({ bedCap }) => bedCap)).size, 1);
  equal(found[0]?.bedCap, 10);
}

export async function tellsOfDeliveries(copy: Copy): Promise<void> {
  await eventually(ARROW, async () => (await copy.log('ess')).includes(ARROW) || undefined);
}

/** The hospital goes away; what was published meanwhile is there when it is back, and in /replay. */
export async function outage(copy: Copy): Promise<void> {
  const sinceMs = Date.now() - 1;
  await copy.compose(['stop', 'hospital']);
  await publish(copy);
  await copy.compose(['start', 'hospital']);
  await reserved(copy, 1); // a container that was stopped has forgotten those of before
  const key = await copy.file('/var/lib/ess-secrets/HOSPITAL_API_KEY');
  const missed = await eventually('/replay', async () => {
    const answer = await ask(copy.url(BRIDGE, `/replay?since=${sinceMs}`), { 'x-api-key': key });
    return Array.isArray(answer) && answer.length > 0 ? answer : undefined;
  });
  equal(missed.length, 1);
  equal(JSON.stringify(missed).includes('"bedCap":10'), true);
}

/** @returns the token, as the log has it */
export async function tokenOf(copy: Copy): Promise<string> {
  const [, token] = /Token\s+(ess_\S+)/.exec(await copy.log('ess')) ?? [];
  if (token === undefined) throw new Error('the log of ess names no token');
  return token;
}

export async function opensTheConsole(copy: Copy): Promise<void> {
  const url = copy.url(CONSOLE, '/api/v1/overview');
  equal((await fetch(url)).status, 401);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${await tokenOf(copy)}` } });
  equal(answer.status, 200);
  equal((await fetch(copy.url(CONSOLE, '/sign-in'))).status, 200);
  // A partner's own window is signed with a key that is there, too.
  const link = JSON.parse(await copy.ess('console', 'link', 'hospital', '--json')) as { url: string };
  equal(link.url.startsWith(copy.url(CONSOLE, '/link#')), true);
}

/** How many deliveries to the hospital are on record. */
export async function onRecord(copy: Copy): Promise<number> {
  const rows = await copy.ess('audit', '--partner', 'hospital', '--outcome', 'delivered', '--json');
  return rows.split('\n').filter((line) => line.startsWith('{')).length;
}

export interface Worker {
  readonly worker: string;
  readonly partitions: readonly number[];
}

export async function workersOf(copy: Copy, partner: string): Promise<readonly Worker[]> {
  const [status] = JSON.parse(await copy.ess('status', partner, '--json', '--no-drift')) as [{ workers: Worker[] }];
  return status.workers;
}

/** @returns undefined: it does not answer, or not with 200 */
async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  try {
    const answer = await fetch(url, { headers });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}

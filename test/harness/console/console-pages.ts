// What there is to see of each page of the console. A page without an entry does not compile.
import type { PageName } from '@ess/console/page/pages.ts';

/** Behind the page's address, and what it shows when it is all there. */
export type Sight = readonly [behind: string, shows: string | RegExp];

export interface Seen {
  readonly partner: string;
  readonly rule: string;
}

const WHOLE = /That is all|The newest/;

const SIGHTS: Readonly<Record<PageName, (seen: Seen) => readonly Sight[]>> = {
  '': () => [['', 'rules in step']],
  lockstep: ({ rule }) => [['?all=1', rule]],
  audit: () => [
    ['?outcome=delivered', WHOLE],
    ['?id=nobody', 'Nothing is like that'],
  ],
  letters: () => [['', /No dead letter is parked|One by one|The newest/]],
  replay: ({ partner }) => [[`?partner=${partner}`, 'Show what the topic holds']],
  proposals: () => [['', /proposals? waits?/]],
  connectors: () => [['', 'connectors are good']],
  partner: ({ partner }) => [[`/${partner}`, 'Nothing waits']],
  rule: ({ rule }) => [[`/${rule}`, WHOLE]],
  record: ({ partner }) => [[`/${partner}/rules:0:0`, 'Show the record']],
};

/** Every page, as an address behind that of the console. */
export const sights = (seen: Seen): ReadonlyArray<readonly [at: string, shows: string | RegExp]> =>
  Object.entries(SIGHTS).flatMap(([page, of]) =>
    of(seen).map(([behind, shows]) => [`#/${page}${behind}`, shows] as const),
  );

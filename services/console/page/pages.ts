// Every page there is. A new one is an entry here: then the navigation and the command palette lead to it, page.tsx does not compile
// until it is drawn, and the tests and the pictures ask what it shows.

export const PAGES = [
  { page: '', title: 'Overview', names: null },
  { page: 'lockstep', title: 'Lock-step', names: null },
  { page: 'audit', title: 'Audit', names: null },
  { page: 'letters', title: 'Dead letters', names: null },
  { page: 'replay', title: 'Replay', names: null },
  { page: 'proposals', title: 'Proposals', names: null },
  { page: 'connectors', title: 'Connectors', names: null },
  { page: 'partner', title: 'Partner', names: 'partner' },
  { page: 'rule', title: 'Rule', names: 'rule' },
  { page: 'record', title: 'Record', names: 'record' },
] as const satisfies readonly PageEntry[];

export interface PageEntry {
  /** Its name in the address. */
  readonly page: string;
  readonly title: string;
  /** What the word behind its name in the address is; null: none stands there, and the navigation leads to it. */
  readonly names: 'partner' | 'rule' | 'record' | null;
}

export type PageName = (typeof PAGES)[number]['page'];

/** @returns the overview where there is no such page, or where it is not said of what it is to be */
export const pageAt = ({ page, words }: { readonly page: string; readonly words: readonly string[] }): PageName =>
  PAGES.find((one) => one.page === page && (one.names === null || words[0] !== undefined))?.page ?? '';
/** Those that the navigation leads to. */
export const LISTED = PAGES.filter(({ names }) => names === null);

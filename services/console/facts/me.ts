// Who looks at the page, and what they may do. The types are shared by server and page; nothing here runs in the browser.

export interface Me {
  readonly name: string;
  /** How it was shown. */
  readonly via: string;
  /** When one has to sign in again, ISO 8601; null: never. */
  readonly until: string | null;
  /** Those that one may see. */
  readonly partners: ReadonlyArray<{ readonly partner: string; readonly actions: readonly string[] }>;
}

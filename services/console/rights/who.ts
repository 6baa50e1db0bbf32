// Who somebody has shown to be: what a session keeps of it.

export type Who =
  | {
      readonly kind: 'token';
      readonly name: string /** Of its hash: another token may come under the same name. */;
      readonly mark: string;
    }
  | { readonly kind: 'oidc'; readonly name: string; readonly claims: Claims }
  | {
      readonly kind: 'link';
      readonly id: string;
      readonly partner: string;
      readonly madeMs: number;
      readonly untilMs: number;
    };

/** Values by claim: those alone that the rights name. */
export type Claims = Readonly<Record<string, readonly string[]>>;

/** Its name in the audit. */
export const nameOf = (who: Who): string =>
  who.kind === 'link' ? `${who.partner} by link ${who.id}` : who.kind === 'token' ? `token ${who.name}` : who.name;

export const VIA = { token: 'token', oidc: 'OIDC', link: 'link' } as const;

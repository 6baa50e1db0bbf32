// Who somebody has shown to be: what a session keeps of it.

export type Who =
  | {
      readonly kind: 'token';
      readonly name: string /** Of its hash: another token may come under the same name. */;
      readonly mark: string;
    }
  | {
      readonly kind: 'oidc';
      readonly name: string;
      readonly issuer: string;
      /** Never given to another one by its issuer. */
      readonly sub: string;
      readonly claims: Claims;
    }
  | {
      readonly kind: 'link';
      readonly id: string;
      readonly partner: string;
      readonly madeMs: number;
      readonly untilMs: number;
    };

/** Whom an issuer has let in. */
export interface Person {
  readonly name: string;
  readonly issuer: string;
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Values by claim: those alone that the rights name. */
export type Claims = Readonly<Record<string, readonly string[]>>;

/** Its name in the audit. */
export const nameOf = (who: Who): string =>
  who.kind === 'link' ? `${who.partner} by link ${who.id}` : who.kind === 'token' ? `token ${who.name}` : who.name;

/** Nobody else's, however they are called: under it all sessions of a subject end. */
export const keyOf = (who: Who): string =>
  who.kind === 'oidc' ? `oidc ${who.issuer} ${who.sub}` : who.kind === 'token' ? `token ${who.name}` : `link ${who.id}`;

const NAME_CHARS_MAX = 200;

/** Whether an issuer may call somebody so: nobody is called as a token or a link is. */
export const isPersonsName = (name: string): boolean =>
  name !== '' && name.length <= NAME_CHARS_MAX && !/\p{C}|^token | by link /u.test(name);

export const VIA = { token: 'token', oidc: 'OIDC', link: 'link' } as const;

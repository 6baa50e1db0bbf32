// Who may do what at which partner: subjects × partners × actions, as the file of rights has them.
import type { Glob } from './glob.ts';
import type { Action } from './subject.ts';
import { ACTIONS } from './subject.ts';
import type { Claims, Who } from './who.ts';

/** Own roles stand beside them. */
export const BUILT_IN_ROLES: Readonly<Record<string, readonly Action[]>> = {
  viewer: ['view'],
  operator: ACTIONS,
  auditor: ['view', 'payload', 'export', 'audit'],
  partner: ['view', 'payload'],
};

/** Under this name a token stands in the rights; no claim of an issuer is taken for it. */
export const TOKEN = 'token';

export interface Grant {
  /** A claim, or TOKEN. */
  readonly claim: string;
  readonly value: string;
  readonly actions: ReadonlySet<Action>;
  readonly partners: readonly Glob[];
  /** It is only the role of a partner that lets somebody look there. */
  readonly isGuest: boolean;
}

export class Rights {
  readonly #grants: readonly Grant[];

  constructor(grants: readonly Grant[]) {
    this.#grants = grants;
  }

  may(who: Who, action: Action, partner: string): boolean {
    if (who.kind === 'link') return partner === who.partner && BUILT_IN_ROLES['partner']?.includes(action) === true;
    return this.#that(who, action, partner).length > 0;
  }

  /** Whether somebody is there as the partner itself, by a link or by a role. */
  isGuestAt(who: Who, partner: string): boolean {
    return who.kind === 'link' || this.#that(who, 'view', partner).every(({ isGuest }) => isGuest);
  }

  #that(who: Exclude<Who, { kind: 'link' }>, action: Action, partner: string): Grant[] {
    return this.#grants.filter(
      (grant) => isOf(grant, who) && grant.actions.has(action) && grant.partners.some((fits) => fits(partner)),
    );
  }

  /** Of what an issuer says that which the rights name, and nothing else. */
  named(claims: Readonly<Record<string, unknown>>): Claims {
    const kept: Record<string, string[]> = {};
    for (const { claim, value } of this.#grants) {
      if (claim === TOKEN || !valuesOf(claims, claim).includes(value)) continue;
      kept[claim] = [...new Set([...(kept[claim] ?? []), value])];
    }
    return kept;
  }
}

const isOf = ({ claim, value }: Grant, who: Exclude<Who, { kind: 'link' }>): boolean =>
  who.kind === 'token'
    ? claim === TOKEN && value === who.name
    : claim !== TOKEN && Object.hasOwn(who.claims, claim) && who.claims[claim]?.includes(value) === true;

function valuesOf(claims: Readonly<Record<string, unknown>>, claim: string): unknown[] {
  if (!Object.hasOwn(claims, claim)) return [];
  const value = claims[claim];
  return (Array.isArray(value) ? value : [value]).map((one) => (typeof one === 'object' ? undefined : String(one)));
}

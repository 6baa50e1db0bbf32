// Who asks: found from a session or a token, and asked again each time whether it is still so. A right that is taken away, a token that is
// gone, a link that is taken back end at once what they allowed.
import { forwardedHolder, isIn, networksOf } from '@ess/runtime/listener/client-address.ts';
import type { ConsoleAccess } from '@ess/runtime/settings/console-settings.ts';
import type { FastifyRequest } from 'fastify';
import { Ended } from './ended.ts';
import { KeptFile } from './kept-file.ts';
import { LINK_MAX_MS, readLink } from './link.ts';
import { unauthorized } from './refused.ts';
import { Rights } from './rights.ts';
import { parseRights } from './rights-file.ts';
import type { Visit } from './session.ts';
import { begin, seen } from './session.ts';
import type { Action, SignedIn } from './subject.ts';
import { localSubject } from './subject.ts';
import type { Tokens } from './tokens.ts';
import { parseTokens } from './tokens.ts';
import type { Person, Who } from './who.ts';
import { keyOf, nameOf, VIA } from './who.ts';

export interface GateOptions extends ConsoleAccess {
  /** A file is wrong; the one before holds on. */
  readonly onWrong: (error: Error) => void;
  /** A session has ended, or more than one. */
  readonly onEnded: () => void;
  readonly nowMs?: () => number;
}

/** Whoever leaves more sessions than this is signed out everywhere by each: what a link's holder can have written stays short. */
const LEFT_MAX = 100;

const NO_TOKENS: Tokens = { holderOf: () => undefined, has: () => false };

export class Gate {
  /** Nobody has to sign in: whoever is on this machine may do everything. */
  readonly isOpen: boolean;
  readonly #options: GateOptions;
  readonly #local = localSubject();
  readonly #rights: { readonly now: Rights };
  readonly #tokens: { readonly now: Tokens };
  readonly #ended: Ended;
  /** How many sessions of a subject were left, by its key. */
  readonly #left = new Map<string, number>();
  readonly #proxies: ReturnType<typeof networksOf>;

  /** @throws EssError ESS_CONFIG naming what is wrong in a file */
  constructor(options: GateOptions) {
    const { rights, tokens, oidc, ended, onWrong } = options;
    this.#options = options;
    this.isOpen = tokens === undefined && oidc === undefined;
    this.#rights =
      rights === undefined
        ? { now: new Rights([]) }
        : new KeptFile(rights, (text) => parseRights(rights, text), onWrong);
    this.#tokens =
      tokens === undefined ? { now: NO_TOKENS } : new KeptFile(tokens, (text) => parseTokens(tokens, text), onWrong);
    this.#ended = new Ended(ended, onWrong, Math.max(options.sessionMs, LINK_MAX_MS));
    this.#proxies = networksOf('ESS_CONSOLE_PROXIES', options.proxies);
  }

  /** @throws with status 401 when it has to sign in */
  subjectOf(request: FastifyRequest): SignedIn {
    const found = this.find(request);
    if (found) return found;
    throw unauthorized('sign in first: your session has ended, or there was none');
  }

  /** @returns undefined: it has to sign in */
  find(request: FastifyRequest): SignedIn | undefined {
    if (this.isOpen) return this.#local;
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const nowMs = this.#nowMs();
    if (bearer !== undefined) {
      const who = this.#tokens.now.holderOf(bearer);
      return who && this.#signedIn({ id: '', who, beganMs: nowMs, seenMs: nowMs });
    }
    const session = request.session.get('visit');
    if (!session) return undefined;
    if (this.#isOver(session)) {
      request.session.delete();
      return undefined;
    }
    seen(request, nowMs);
    return this.#signedIn(session);
  }

  /** @returns false: there is no such token */
  enterByToken(request: FastifyRequest, token: unknown): boolean {
    return this.#enter(request, this.#tokens.now.holderOf(token));
  }

  /** @returns false: it is not ours, over, or taken back */
  enterByLink(request: FastifyRequest, text: unknown): boolean {
    const link = readLink(text, this.#options.keys, this.#nowMs());
    return !this.isOpen && link !== undefined && !this.#isTakenBack(link) && this.#enter(request, link);
  }

  /** @param claims of a token of the issuer that was verified */
  enterByClaims(request: FastifyRequest, { name, issuer, sub, claims }: Person): void {
    this.#enter(request, { kind: 'oidc', name, issuer, sub, claims: this.#rights.now.named(claims) });
  }

  /** @param everywhere every session of the same subject */
  leave(request: FastifyRequest, everywhere: boolean): void {
    const session = request.session.get('visit');
    if (!session) return;
    request.session.delete();
    const key = keyOf(session.who);
    const left = (this.#left.get(key) ?? 0) + 1;
    this.#left.set(key, left);
    try {
      if (everywhere || left > LEFT_MAX) this.#ended.add('subject', key);
      else this.#ended.add('session', session.id);
    } finally {
      this.#options.onEnded();
    }
  }

  /** The address that asks, as far as proxies that are believed tell it. */
  addressOf({ ip, headers }: FastifyRequest): string {
    return (isIn(this.#proxies, ip) ? forwardedHolder(headers, this.#proxies) : undefined) ?? ip;
  }

  #enter(request: FastifyRequest, who: Who | undefined): boolean {
    if (who) begin(request, who, this.#nowMs());
    return who !== undefined;
  }

  #signedIn(session: Visit): SignedIn {
    const { who, beganMs } = session;
    const isOver = () => this.#isOver(session);
    const endMs = beganMs + this.#options.sessionMs;
    return {
      name: nameOf(who),
      via: VIA[who.kind],
      ...(who.kind === 'link' && { isGuest: true }),
      ...(session.id !== '' && { untilMs: who.kind === 'link' ? Math.min(who.untilMs, endMs) : endMs }),
      isOver,
      may: (action: Action, partner: string) => !isOver() && this.#rights.now.may(who, action, partner),
    };
  }

  #isOver({ id, who, beganMs, seenMs }: Visit): boolean {
    const { idleMs, sessionMs } = this.#options;
    const nowMs = this.#nowMs();
    if (nowMs >= beganMs + sessionMs || nowMs >= seenMs + idleMs) return true;
    if (id !== '' && (this.#ended.has('session', id, beganMs) || this.#ended.has('subject', keyOf(who), beganMs)))
      return true;
    if (who.kind === 'token') return !this.#tokens.now.has(who);
    return who.kind === 'link' && (nowMs >= who.untilMs || this.#isTakenBack(who));
  }

  #isTakenBack({ id, partner, madeMs }: Extract<Who, { kind: 'link' }>): boolean {
    return this.#ended.has('link', id, madeMs) || this.#ended.has('partner', partner, madeMs);
  }

  #nowMs(): number {
    return this.#options.nowMs?.() ?? Date.now();
  }
}

// Who asks: found from a session or a token, and asked again each time whether it is still so. A right that is taken away, a token that is
// gone, a link that is taken back end at once what they allowed.
import { forwardedAddress, isIn, networksOf, plainAddress } from '@ess/runtime/listener/client-address.ts';
import { Tries } from '@ess/runtime/listener/tries.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { ConsoleAccess } from '@ess/runtime/settings/console-settings.ts';
import type { FastifyRequest } from 'fastify';
import { Ended } from './ended.ts';
import { KeptFile } from './kept-file.ts';
import { LINK_MAX_MS, readLink } from './link.ts';
import { tooMany, unauthorized } from './refused.ts';
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
  /** Told of files that are wrong, and of everybody who comes, is refused or leaves. */
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** A session has ended, or more than one. */
  readonly onEnded: () => void;
  readonly nowMs?: () => number;
  /** As `stampOf`. */
  readonly lookAt?: (file: string) => string;
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
  readonly #tries = new Tries();

  /** @throws EssError ESS_CONFIG naming what is wrong in a file */
  constructor(options: GateOptions) {
    const { rights, tokens, oidc, ended, log, lookAt } = options;
    // The one before holds on.
    const onWrong = (error: Error): void => log.error({ error: String(error) }, 'console.file-refused');
    this.#options = options;
    this.isOpen = tokens === undefined && oidc === undefined;
    this.#rights =
      rights === undefined
        ? { now: new Rights([]) }
        : new KeptFile(rights, (text) => parseRights(rights, text), onWrong, lookAt);
    this.#tokens =
      tokens === undefined
        ? { now: NO_TOKENS }
        : new KeptFile(tokens, (text) => parseTokens(tokens, text), onWrong, lookAt);
    this.#ended = new Ended(ended, onWrong, Math.max(options.sessionMs, LINK_MAX_MS), lookAt);
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
      const who = this.#tried(request, 'token', bearer, () => this.#tokens.now.holderOf(bearer));
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

  /** @returns false: there is no such token @throws with status 429 while too many wrong ones come from there */
  enterByToken(request: FastifyRequest, token: unknown): boolean {
    return this.#enter(
      request,
      this.#tried(request, 'token', token, () => this.#tokens.now.holderOf(token)),
    );
  }

  /** @returns false: it is not ours, over, or taken back @throws with status 429 while too many wrong ones come from there */
  enterByLink(request: FastifyRequest, text: unknown): boolean {
    const found = () => {
      const link = this.isOpen ? undefined : readLink(text, this.#options.keys, this.#nowMs());
      return link && !this.#isTakenBack(link) ? link : undefined;
    };
    return this.#enter(request, this.#tried(request, 'link', text, found));
  }

  /** @param claims of a token of the issuer that was verified */
  enterByClaims(request: FastifyRequest, { name, issuer, sub, claims }: Person): void {
    this.#enter(request, { kind: 'oidc', name, issuer, sub, claims: this.#rights.now.named(claims) });
  }

  /** @param error what kept somebody out, without what they have shown */
  failed(request: FastifyRequest, way: SignedIn['via'], error: string): void {
    this.#options.log.warn({ error, way, address: this.addressOf(request) }, 'console.sign-in-failed');
  }

  /** @param everywhere every session of the same subject */
  leave(request: FastifyRequest, everywhere: boolean): void {
    const session = request.session.get('visit');
    if (!session) return;
    request.session.delete();
    const subject = nameOf(session.who);
    this.#options.log.info({ subject, address: this.addressOf(request), everywhere }, 'console.signed-out');
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

  /** The whole address that asks, as far as proxies that are believed tell it. */
  addressOf({ ip, headers }: FastifyRequest): string {
    return (isIn(this.#proxies, ip) ? forwardedAddress(headers, this.#proxies) : undefined) ?? plainAddress(ip);
  }

  /** What was shown is looked at only while not too much that was wrong came from there. */
  #tried<T>(request: FastifyRequest, way: 'token' | 'link', shown: unknown, find: () => T | undefined): T | undefined {
    const [address, nowMs] = [this.addressOf(request), this.#nowMs()];
    const afterS = Math.ceil(this.#tries.waitMs(address, nowMs) / 1000);
    const found = afterS > 0 ? undefined : find();
    if (found !== undefined) return found;
    this.failed(request, way, afterS > 0 ? 'too many tries from there' : `no such ${way}`);
    if (afterS > 0) throw tooMany(`too many tries from your address: try again in ${afterS} s`, afterS);
    this.#tries.failed(address, String(shown), nowMs);
    return undefined;
  }

  #enter(request: FastifyRequest, who: Who | undefined): boolean {
    if (!who) return false;
    begin(request, who, this.#nowMs());
    const subject = nameOf(who);
    this.#options.log.info({ subject, address: this.addressOf(request), way: VIA[who.kind] }, 'console.signed-in');
    return true;
  }

  #signedIn(session: Visit): SignedIn {
    const { who, beganMs } = session;
    const isOver = () => this.#isOver(session);
    const endMs = beganMs + this.#options.sessionMs;
    return {
      name: nameOf(who),
      via: VIA[who.kind],
      key: keyOf(who),
      ...(session.id !== '' && { untilMs: who.kind === 'link' ? Math.min(who.untilMs, endMs) : endMs }),
      isOver,
      isGuestAt: (partner: string) => this.#rights.now.isGuestAt(who, partner),
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

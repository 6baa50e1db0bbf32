// Whoever asks, and what they may do at which partner. Routes ask nothing else.
import { whoAmI } from '@ess/runtime/who.ts';
import type { FastifyRequest } from 'fastify';
import { forbidden, noPartner, notThere } from './refused.ts';

export const ACTIONS = ['view', 'payload', 'pause', 'replay', 'redrive', 'drop', 'approve', 'export', 'audit'] as const;
export type Action = (typeof ACTIONS)[number];

export interface Subject {
  /** As it stands in the audit. */
  readonly name: string;
  /** Whether it is there as the partner itself: it is told of nothing in its topic that was never meant for it, nor who runs what here. */
  isGuestAt(partner: string): boolean;
  may(action: Action, partner: string): boolean;
}

/** A subject that has shown who it is. */
export interface SignedIn extends Subject {
  /** Nobody else's, whatever others are called. */
  readonly key: string;
  readonly via: 'this machine' | 'token' | 'OIDC' | 'link';
  /** When it has to sign in again, ms since 1970; absent: never. */
  readonly untilMs?: number;
  /** Whether it is signed in no more. */
  isOver(): boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of every request under /api/v1. */
    subject: SignedIn;
  }
}

const WORDS: Readonly<Record<Action, string>> = {
  view: 'see what is there',
  payload: 'look at payloads',
  pause: 'pause or resume deliveries',
  replay: 'replay',
  redrive: 'redrive dead letters',
  drop: 'drop dead letters',
  approve: 'approve proposals',
  export: 'export',
  audit: 'look at the audit',
};

/** @throws with status 404 when the subject may not even see the partner, so that names cannot be guessed; else 403 */
export function must({ subject }: Pick<FastifyRequest, 'subject'>, action: Action, partner: string): void {
  if (!subject.may('view', partner)) throw noPartner(partner);
  if (!subject.may(action, partner))
    throw forbidden(
      `${subject.name} may not ${WORDS[action]} at ${partner}: whoever keeps the rights of the console can grant it (${action})`,
    );
}

/**
 * The same of an order, by its id: one of a partner that the subject may not see is refused as one that is not there.
 * @param partner of the order; undefined: there is no such order
 */
export function mustOf(
  request: Pick<FastifyRequest, 'subject'>,
  action: Action,
  order: { readonly what: string; readonly id: string; readonly partner: string | undefined },
): void {
  const { what, id, partner } = order;
  if (partner === undefined || !request.subject.may('view', partner)) throw notThere(`there is no ${what} ${id}`);
  must(request, action, partner);
}

/** A partner at its own window may ask for a replay, and somebody else approves it. @returns whether it only asks */
export function mustAsk(request: Pick<FastifyRequest, 'subject'>, partner: string): boolean {
  const asks = mayAsk(request.subject, partner);
  must(request, asks ? 'view' : 'replay', partner);
  return asks;
}

/** Whether it may ask for a replay, and order none. */
export const mayAsk = (subject: Subject, partner: string): boolean =>
  subject.isGuestAt(partner) && !subject.may('replay', partner);

/** For lists: whether the subject may, asked once for each partner. */
export const sees = (subject: Subject, action: Action = 'view') =>
  oncePerPartner((partner) => subject.may(action, partner));

/** For lists: whether it is there as the partner itself, asked once for each. */
export const guestAt = (subject: Pick<Subject, 'isGuestAt'>) => oncePerPartner((partner) => subject.isGuestAt(partner));

function oncePerPartner(ask: (partner: string) => boolean): (partner: string) => boolean {
  const known = new Map<string, boolean>();
  return (partner) => {
    const answer = known.get(partner) ?? ask(partner);
    known.set(partner, answer);
    return answer;
  };
}

/** Whoever is on this machine may do everything, under the name that the command line gives. */
export function localSubject(): SignedIn {
  const all = { may: () => true, isGuestAt: () => false, isOver: () => false };
  return { name: whoAmI(), key: 'this machine', via: 'this machine', ...all };
}

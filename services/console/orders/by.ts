// Who orders, as ess.control has it: the name alone, because the two-person rule tells people apart by it; from where goes with the reason.
import type { FastifyRequest } from 'fastify';

/** Who orders, and why. */
export interface By {
  /** As it stands on record; the second person of the two-person rule is another one. */
  readonly by: string;
  readonly reason: string | null;
}

export type ByOf = (request: FastifyRequest, reason?: string) => By;

/** What was not said is no reason. */
export const reasonOf = (reason: string): string | null => (reason.trim() === '' ? null : reason.trim());

/** @param addressOf from where somebody asks */
export const byAt =
  (addressOf: (request: FastifyRequest) => string): ByOf =>
  (request, reason = '') => {
    const { name, via } = request.subject;
    const from = via === 'this machine' ? undefined : `from ${addressOf(request)}`;
    const words = [reasonOf(reason), from && `(${from})`].filter((one) => one != null).join(' ');
    return { by: name, reason: words === '' ? null : words };
  };

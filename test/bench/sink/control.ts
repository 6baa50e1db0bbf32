// What the bench may ask of a sink process, over IPC: one question, one answer.
import type { TallyReport } from './tally.ts';

/** How one path answers. */
export interface Behaviour {
  readonly status?: number;
  readonly delayMs?: number;
  /** Instead of `delayMs`: each takes some time between these. */
  readonly spreadMs?: readonly [number, number];
  /** After so many requests each takes so long, for good. */
  readonly later?: { readonly after: number; readonly delayMs: number };
  /** One rule takes longer; its deliveries are counted under `<path>#slow`. */
  readonly slow?: { readonly ruleId: string; readonly delayMs: number };
  /** Every so many-th rule, by the number at the end of its id, is answered 500. */
  readonly sickEvery?: number;
  /** Only so many are worked on at once, `delayMs` each; the others wait, and beyond `queue` of them it answers 503. */
  readonly capacity?: { readonly servers: number; readonly queue: number };
}

export type Command =
  | { readonly kind: 'behave'; readonly path: string; readonly behaviour: Behaviour }
  /** Forgets what was received on the paths. */
  | { readonly kind: 'forget'; readonly paths: readonly string[] }
  | { readonly kind: 'count'; readonly paths: readonly string[] }
  | { readonly kind: 'report'; readonly paths: readonly string[] }
  /** The report, with percentiles of what was answered since the last `window` only. */
  | { readonly kind: 'window'; readonly paths: readonly string[] }
  /** Refuses connections and breaks those there are. */
  | { readonly kind: 'down' }
  | { readonly kind: 'up' };

export interface Answers {
  behave: null;
  forget: null;
  /** Deliveries over all paths, and requests open now. */
  count: { readonly delivered: number; readonly open: number };
  report: TallyReport;
  window: TallyReport;
  down: null;
  up: null;
}

/** The first thing that it says. */
export interface Begun {
  readonly port: number;
  /** It speaks TLS: its authority, PEM. */
  readonly ca: string | undefined;
}

export interface Question {
  readonly id: number;
  readonly command: Command;
}

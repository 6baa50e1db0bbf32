// Figures and times as people read them.
import type { AttemptOutcome } from '@ess/schemas/generated/types.ts';
import type { Reach } from '../facts/overview.ts';

/** @param seconds null: not known */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

export const ageSeconds = (at: string, nowMs: number): number => Math.max(0, (nowMs - Date.parse(at)) / 1000);

/** The time of day here, with the day when it is another. */
export function clock(at: string, nowMs: number): string {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date(nowMs).toDateString();
  return isToday ? time.toLocaleTimeString() : time.toLocaleString();
}

/** How far back a replay can reach. */
export function reachWords(reach: Reach | null, nowMs: number): string {
  if (reach === null) return 'not known yet';
  const { since, isCut, keptSeconds } = reach;
  const kept = keptSeconds === null ? '' : `; kept ${duration(keptSeconds)}`;
  if (since === null) return `nothing to replay${kept}`;
  const where = isCut ? '' : ', where the topic begins';
  // A clock that counts in other units has written a time that no calendar has.
  const isTime = Number.isFinite(Date.parse(since));
  const reached = isTime ? `${duration(ageSeconds(since, nowMs))}, to ${clock(since, nowMs)}` : `to ${since}`;
  return reached + where + kept;
}

const NUMBER = new Intl.NumberFormat();
export const number = (value: number): string => NUMBER.format(value);

export const milliseconds = (ms: number): string =>
  ms < 10_000 ? `${number(Math.round(ms))} ms` : duration(ms / 1_000);

/** Drift in the words of docs/lockstep.md. */
export const STATE_WORDS: Readonly<Record<string, string>> = {
  unknown: 'unknown',
  outOfScope: 'out of scope',
  withdrawn: 'withdrawn',
  notTold: 'not told',
  inStep: 'in step',
  mappingChanged: 'mapping changed',
  inFlight: 'on its way',
  deadLettered: 'dead letter',
  held: 'held',
  paused: 'paused',
  unowned: 'no worker',
  newConnector: 'new partner',
  behind: 'behind',
};

/** What an attempt came to, in words. */
export const OUTCOME_WORDS: Readonly<Record<AttemptOutcome, string>> = {
  delivered: 'delivered',
  retried: 'failed, tried again',
  held: 'held',
  deadLettered: 'dead letter',
  skipped: 'nothing to send',
  superseded: 'superseded',
  cut: 'taken out of order',
  moved: 'position moved',
  retentionLost: 'lost to retention',
  viewed: 'looked at by somebody',
};

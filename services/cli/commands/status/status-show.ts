// `ess status` for people: a few lines per partner.
import type { Cause, PartnerStatus } from '@ess/domain/control/partner-status.ts';
import { duration, table } from '../../terminal/table.ts';
import type { FullStatus } from './status-read.ts';

const WORDS: Readonly<Record<Cause | 'flowing', string>> = {
  flowing: 'flowing',
  paused: 'paused',
  unowned: 'no worker',
  joining: 'partitions are being shared out',
  replaying: 'replaying',
  retrying: 'retrying',
  held: 'held',
  quiet: 'left alone, as the partner asked',
  stalled: 'stalled',
  startedOver: 'reading again from the start',
  catchingUp: 'catching up',
};

export function statusLines(status: FullStatus): string[] {
  const { partner, topic, state, paused, replay, replayWindow, deadLetters, proposals, notKnown, quietUntil } = status;
  const window =
    replayWindow.from === null
      ? 'nothing to replay'
      : `${duration(replayWindow.seconds * 1000)}, from ${replayWindow.from}`;
  return [
    `${partner}  ${WORDS[state]}  (group ess.${partner}, topic ${topic})`,
    ...(paused
      ? [row('paused', `since ${paused.since} by ${paused.by}${paused.reason ? `: ${paused.reason}` : ''}`)]
      : []),
    ...workerLines(status),
    row('lag', lagText(status)),
    ...trendLines(status),
    ...driftLines(status),
    ...retryLines(status),
    row('breaker', breakerText(status)),
    ...(quietUntil === null ? [] : [row('asked to wait', `until ${quietUntil} (429 or Retry-After)`)]),
    row('dead letters', deadLetters === null ? 'not counted' : deadLetters === 0 ? 'none' : `${deadLetters} parked`),
    row(
      'replay',
      replay
        ? `${replay.id} by ${replay.by} since ${replay.since}, ${replay.partitionsLeft} partitions to go${refusedText(replay)}`
        : notKnown === null
          ? 'none'
          : 'not known',
    ),
    ...(proposals === 0
      ? []
      : [row('proposals', `${counted(proposals, 'order')} waiting for a second person: ess proposals`)]),
    row('window', window),
    ...(notKnown === null ? [] : [row('not known', `pauses, replays and dead letters: ${notKnown}`)]),
  ];
}

export function lagLines(statuses: readonly PartnerStatus[]): string[] {
  return table([
    ['partner', 'partition', 'worker', 'position', 'end', 'lag', 'seconds', ''],
    ...statuses.flatMap(({ partner, partitions, breaker }) => {
      if (partitions.length === 0) return [[partner, ...Array(6).fill('–'), breaker.reason ?? '']];
      return partitions.map((one) => [
        partner,
        ...[String(one.partition), one.worker ?? '–', String(one.position), String(one.end)],
        ...[String(one.lag), String(one.lagSeconds), one.cause === null ? '' : WORDS[one.cause]],
      ]);
    }),
  ]);
}

function workerLines({ workers, partitions }: PartnerStatus): string[] {
  if (workers.length === 0) return [row('workers', `none: start one with "ess worker PARTNER"`)];
  return workers.map(({ worker, host, partitions: owned, idle }, index) => {
    const share = idle === null ? `owns ${ranges(owned)} of ${partitions.length}` : `idle: ${idle}`;
    return row(index === 0 ? 'workers' : '', `${worker || 'not ours'} (${host}) ${share}`);
  });
}

function lagText({ lag, waiting, etaSeconds, perSecond, arrivingPerSecond }: PartnerStatus): string {
  if (lag.records === 0) return 'none';
  const causes = Object.entries(waiting).filter(([, records]) => records > 0);
  const split = causes.map(([cause, records]) => `${records} ${WORDS[cause as Cause]}`).join(', ');
  const less = arrivingPerSecond ? `, less ${arrivingPerSecond}/s that arrive` : '';
  const eta = etaSeconds === null ? '' : `, gone in about ${duration(etaSeconds * 1000)} at ${perSecond}/s${less}`;
  return `${lag.records} records, ${duration(lag.seconds * 1000)} behind${eta} (${split})`;
}

function trendLines({ trend, limitPerSecond }: PartnerStatus): string[] {
  const { direction, recordsThen, seconds } = trend ?? {};
  return [
    ...(seconds === undefined
      ? []
      : [row('trend', `${direction}: ${counted(recordsThen ?? 0, 'record')} waited ${duration(seconds * 1000)} ago`)]),
    ...(limitPerSecond === null ? [] : [row('limit', `${limitPerSecond}/s: more workers would not send more`)]),
  ];
}

function driftLines({ drift, partner }: FullStatus): string[] {
  if (drift === null) return [];
  const { rules, oldestSeconds, inStepSince, notKnown } = drift;
  if (rules === null) return [row('drift', `not known: ${notKnown}`)];
  if (rules === 0) return [row('drift', `none${inStepSince === null ? '' : `, in step since ${inStepSince}`}`)];
  const oldest = oldestSeconds === null ? '' : `, the oldest for ${duration(oldestSeconds * 1000)}`;
  return [row('drift', `${counted(rules, 'rule')}${oldest}: ess lockstep ${partner}`)];
}

function retryLines({ retrying }: PartnerStatus): string[] {
  if (retrying === null) return [];
  const { since, records, attempts, reason } = retrying;
  return [
    row(
      'retrying',
      `since ${since}, ${counted(records, 'record')}, ${counted(attempts, 'attempt')}, last reason: ${reason}`,
    ),
  ];
}

function refusedText({ id, refused }: NonNullable<PartnerStatus['replay']>): string {
  return refused.length === 0 ? '' : `, refused in ${ranges(refused)}: "ess replay show ${id}" says why`;
}

function breakerText({ breaker }: PartnerStatus): string {
  return breaker.state === 'closed'
    ? 'closed'
    : `open${breaker.since === null ? '' : ` since ${breaker.since}`}: ${breaker.reason}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const row = (name: string, text: string): string => `  ${name.padEnd(13)} ${text}`;

/** 0-3,5 */
function ranges(numbers: readonly number[]): string {
  const parts: Array<[number, number]> = [];
  for (const one of numbers) {
    const last = parts.at(-1);
    if (last && one === last[1] + 1) last[1] = one;
    else parts.push([one, one]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

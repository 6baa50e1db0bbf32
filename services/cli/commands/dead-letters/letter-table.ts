// Dead letters for people: one line each, columns that fit most names; and one letter in full.

import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { leftOutOf } from '@ess/domain/delivery/left-out.ts';
import { shortId } from '@ess/domain/text/foreign-id.ts';
import { secondsText, timeText } from '@ess/domain/text/moment.ts';
import type { FoundLetter } from '@ess/orders/letters/letters.ts';
import { positionOf } from '@ess/orders/letters/letters.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { fixedLine } from '../../terminal/table.ts';

const WIDTHS = [24, 14, 26, 14, 16, 20] as const;

export const LETTER_HEADER = fixedLine(WIDTHS, ['POSITION', 'PARTNER', 'RULE', 'REASON', 'STATE', 'PARKED'], 'DETAIL');

export function letterLine({ letter, fate }: FoundLetter): string {
  const { partner, ruleId, version, reason, parkedAt, detail } = letter;
  const name = ruleId === null ? '(unreadable)' : shortId(ruleId);
  const rule = ruleId === null || version === null ? name : `${name} v${version}`;
  const state = fate.times > 0 ? `${fate.state} ×${fate.times}` : fate.state;
  return fixedLine(WIDTHS, [positionOf(letter), partner, rule, reason, state, secondsText(parkedAt)], detail);
}

export function letterJson(found: FoundLetter): Record<string, unknown> {
  const { letter, fate, place } = found;
  const { partner, ruleId, version, topic, partition, offset, reason, detail, attempts } = letter;
  const leftOut = leftOutOf(letter);
  return {
    position: positionOf(letter),
    partner,
    ruleId,
    version: shownValue(version),
    topic,
    partition,
    offset,
    reason,
    detail,
    attempts,
    parkedAt: timeText(letter.parkedAt),
    recordAt: timeText(letter.recordTimestamp),
    deliveryId: letter.deliveryId,
    state: fate.state,
    redriven: fate.times,
    ...(fate.redriveId === null ? {} : { redriveId: fate.redriveId }),
    ...(fate.atMs === null ? {} : { stateAt: timeText(fate.atMs) }),
    ...(fate.reason === null ? {} : { stateReason: fate.reason }),
    ...(leftOut.length === 0 ? {} : { leftOut }),
    letter: `${place.partition}:${place.offset}`,
  };
}

/**
 * With the record itself: decoded where the registry knows its schema, in base64 otherwise. What was left out of a letter that
 * was too large is told and not shown.
 */
export async function letterInFull(found: FoundLetter, codec: Codec): Promise<Record<string, unknown>> {
  const { key, value, headers } = found.letter;
  await codec.prepare([value]);
  const decoded = codec.decode(value);
  const isValueGone = leftOutOf(found.letter).some(({ part }) => part === 'value');
  return {
    ...letterJson(found),
    key: key === null ? null : textOf(key),
    headers: Object.fromEntries(
      headers.map((header) => [header.key, header.value === null ? null : textOf(header.value)]),
    ),
    ...(decoded.ok
      ? { record: shownValue(decoded.record) }
      : isValueGone
        ? { unreadable: 'the value was left out for its size: its record is in the source topic while that keeps it' }
        : { unreadable: decoded.detail, valueBase64: value === null ? null : value.toString('base64') }),
  };
}

/** Bytes that are no text are shown in base64. */
function textOf(bytes: Buffer): string {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : `base64:${bytes.toString('base64')}`;
}

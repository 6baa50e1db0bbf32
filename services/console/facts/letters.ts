// Dead letters as the page shows them: grouped by partner and reason, and one by one.
import type { LetterFate } from '@ess/domain/delivery/dead-letters.ts';

/** expired: it is parked, and retention has taken its record from ess.dead-letters. */
export type ShownState = Exclude<LetterFate['state'], 'outdated'> | 'expired';

export interface ShownLetter {
  /** Where it is in ess.dead-letters: partition:offset. */
  readonly place: string;
  /** Of its record: topic:partition:offset. */
  readonly position: string;
  readonly partner: string;
  /** Null: the record could not be decoded. */
  readonly ruleId: string | null;
  readonly version: number | string | null;
  readonly reason: string;
  readonly detail: string;
  readonly attempts: number;
  /** ISO 8601, as all times here. */
  readonly parkedAt: string;
  readonly state: ShownState;
  /** How often it was redriven. */
  readonly times: number;
}

export interface LetterGroup {
  readonly partner: string;
  readonly reason: string;
  readonly letters: number;
  readonly first: string;
  readonly last: string;
}

export interface ShownLetters {
  /** Most letters first. */
  readonly groups: readonly LetterGroup[];
  readonly total: number;
  /** So many more were parked, and cannot be redriven any more: retention has taken them. */
  readonly expired: number;
  /** The newest of them, newest first. */
  readonly letters: readonly ShownLetter[];
  /** Older ones than this were forgotten here; null: none. */
  readonly since: string | null;
  /** How old what was read of the topic is, s. */
  readonly ageSeconds: number;
  /** Orders cannot be read now: what is on its way again counts as parked. */
  readonly isUnsure: boolean;
}

/** One letter whole: its record and headers as they were parked. */
export interface WholeLetter extends ShownLetter {
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string | null>>;
  /** The record as JSON, on lines; null: it cannot be decoded. */
  readonly record: string | null;
  /** Why not. */
  readonly unreadable: string | null;
  /** The value as it was parked, base64; null: it had none, or it was too large to be kept. */
  readonly valueBase64: string | null;
}

/** What a filter says, frozen: what arrives later is not in it. */
export interface LetterPlan {
  /** Under this it runs. */
  readonly id: string;
  readonly partner: string;
  readonly kind: 'redrive' | 'drop';
  readonly letters: number;
  /** SHA-256, hex, of which letters these are. */
  readonly digest: string;
  readonly byReason: Readonly<Record<string, number>>;
  /** Of a topic that the partner does not read any more: they stay parked. */
  readonly elsewhere: number;
  /** Redriven too often for another time, and left aside. */
  readonly guarded: number;
  /** More than one order takes. */
  readonly beyond: number;
  /** Too large to be kept whole: their records are read from the source topic, while that has them. */
  readonly shortened: number;
  /** Why a second person has to approve it; null: nobody has to. */
  readonly needs: string | null;
}

// The last hour of all partners, in a few points each: asked once a minute while cards are on the page.
import { useMemo } from 'preact/hooks';
import type { PartnerHistory } from '../facts/history.ts';
import { useAsked } from './ask.ts';
import { nowMs } from './feed.ts';

const EVERY_MS = 60_000;

export function useHistories(): ReadonlyMap<string, PartnerHistory> {
  const asked = useAsked<{ readonly partners: readonly PartnerHistory[] }>(
    '/history',
    Math.floor(nowMs.value / EVERY_MS),
  );
  const partners = asked.kind === 'here' ? asked.value.partners : undefined;
  return useMemo(() => new Map((partners ?? []).map((one) => [one.partner, one])), [partners]);
}

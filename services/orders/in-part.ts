// An order that some workers carry out and others refuse, in words: each decides for its own partitions.

interface Part {
  readonly partition: number;
  readonly refused: boolean;
  readonly detail: string | null;
}

/** @returns undefined: no partition was refused, or all were */
export function refusedInPart(parts: readonly Part[]): string | undefined {
  const refused = parts.filter((one) => one.refused);
  if (refused.length === 0 || refused.length === parts.length) return undefined;
  const which = refused.map(({ partition }) => partition).join(', ');
  const why = [...new Set(refused.flatMap(({ detail }) => detail ?? []))].join('; ');
  return `refused in ${refused.length} of ${parts.length} partitions (${which}): ${why}`;
}

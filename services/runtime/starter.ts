// What a program tells the process that started it, over the channel that Node opens to a child (supervised.ts): where it listens,
// how long its stop may take, why it ends. Without a channel nobody hears it.

/** Each word holds what is new; the last one counts. */
export interface Word {
  /** URL of its admin listener. */
  readonly admin?: string;
  /** URL at which partners reach it. */
  readonly url?: string;
  /** Its stop has begun, and may take so long, ms. */
  readonly stopMs?: number;
  /** Why it ends. */
  readonly failed?: Failure;
}

export interface Failure {
  /** As EssError has it; absent: a fault of ours. */
  readonly code?: string;
  /** With the remedy, without secrets. */
  readonly message: string;
}

export function tellStarter(word: Word): void {
  // Whoever started us may be gone: that is noticed elsewhere.
  if (process.connected) process.send?.(word, undefined, undefined, () => undefined);
}

/** What came over the channel of a child, which may be any program. */
export function asWord(message: unknown): Word {
  if (typeof message !== 'object' || message === null) return {};
  const { admin, url, stopMs, failed } = message as Record<string, unknown>;
  const failure = Object(failed) as Record<string, unknown>;
  return {
    ...(typeof admin === 'string' && { admin }),
    ...(typeof url === 'string' && { url }),
    ...(typeof stopMs === 'number' && { stopMs }),
    ...(typeof failure['message'] === 'string' && {
      failed: {
        message: failure['message'],
        ...(typeof failure['code'] === 'string' && { code: failure['code'] }),
      },
    }),
  };
}

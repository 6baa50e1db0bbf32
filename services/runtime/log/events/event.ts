// What a program may say in its log. Each event has a name, `noun.verb` with dots, and is explained here once: `ess logs --explain`
// prints it, docs/logs.md is made of it, and a test compares it with what the sources log.

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogEvent {
  /** The levels that it comes with. */
  readonly levels: readonly Level[];
  /** Beside time, level, program and msg; not each of them in each line. */
  readonly fields: readonly string[];
  readonly means: string;
  /** Absent: nothing has to be done. */
  readonly todo?: string;
}

/** @param levels, fields separated by blanks */
export function event(levels: string, fields: string, means: string, todo?: string): LogEvent {
  const words = (text: string) => text.split(' ').filter(Boolean);
  return { levels: words(levels) as Level[], fields: words(fields), means, ...(todo !== undefined && { todo }) };
}

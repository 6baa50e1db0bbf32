// Data goes to stdout, one line at a time; everything else to stderr. The only place of the command line that writes to a
// terminal: what others wrote is shown here and never obeyed (printable.ts), in JSON too, where it stays the same data.
import { once } from 'node:events';
import { inspect } from 'node:util';
import { EssError } from '@ess/domain/text/error.ts';
import { printable, printableLines } from '@ess/domain/text/printable.ts';

export function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

/** For many lines: resolves when whoever reads them has kept up. */
export async function printAll(lines: readonly string[]): Promise<void> {
  if (lines.length > 0 && !process.stdout.write(`${lines.map(printable).join('\n')}\n`))
    await once(process.stdout, 'drain');
}

/**
 * Lines of the programs that we run, as they wrote them: whoever made them has made them printable.
 * @returns when whoever reads them has kept up; undefined: at once
 */
export function passOn(lines: Uint8Array | string): Promise<void> | undefined {
  return passTo(process.stdout, lines);
}

/** The same beside data, or where there is none. */
export function passBeside(lines: Uint8Array | string): Promise<void> | undefined {
  return passTo(process.stderr, lines);
}

function passTo(stream: NodeJS.WriteStream, lines: Uint8Array | string): Promise<void> | undefined {
  // Nobody reads it any more. The programs must not come to stand because of it: they are being stopped.
  if (stream.errored) return undefined;
  if (stream.write(lines)) return undefined;
  return once(stream, 'drain').then(
    () => undefined,
    () => undefined,
  );
}

/** JSON over several lines, for people: only the lines between its values are lines. */
export function printJson(value: unknown): Promise<void> {
  return printAll(JSON.stringify(value, undefined, 2).split('\n'));
}

export function tell(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

/** A text of ours in several lines. */
export function tellLines(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`);
}

/** Pieces of a line, each of them with the code of its colour or without one; colours only on a terminal. */
export function tellPainted(...pieces: ReadonlyArray<readonly [text: string, code?: string]>): void {
  const colour = process.stderr.isTTY === true;
  const line = pieces.map(([text, code]) =>
    colour && code !== undefined ? `\u001b[${code}m${printable(text)}\u001b[0m` : printable(text),
  );
  process.stderr.write(`${line.join('')}\n`);
}

/**
 * What ends a command: an error of ours is a sentence or a list under one, Kafka's a sentence, any other is a bug with its stack.
 * @param clean masks the secrets
 */
export function tellError(error: unknown, clean: (text: string) => string): void {
  if (!(error instanceof EssError)) return tellLines(clean(saidByKafka(error) ?? inspect(error)));
  // Our lists are indented: any other line break was brought along by somebody else's text.
  tellLines(`ess: ${clean(error.message).replaceAll(/\n(?! {2})/g, '\\n')}`);
}

/** What Kafka refuses is no bug of ours. @returns undefined: it comes from somewhere else */
function saidByKafka(error: unknown): string | undefined {
  if (!(error instanceof Error && error.name.startsWith('KafkaJS'))) return undefined;
  const { message, errors = [] } = error as Error & { errors?: readonly Error[] };
  const all = [...new Set([message, ...errors.map((one) => one.message)])];
  return `ess: Kafka: ${all.join('; ').replaceAll('\n', '\\n')} ("ess doctor" looks at rights and brokers)`;
}

/** Before the next picture of a command that goes on showing one, as `top` does. */
export function clearScreen(): void {
  if (process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J');
}

/** Ends the process when what was written to stdout has gone out. */
export function exitWhenWritten(): void {
  process.stdout.write('', () => process.exit());
}

/** Commander's own texts: help is ours, but an error names the argument that somebody gave. */
export const COMMANDER_OUTPUT = {
  writeOut: (text: string): void => void process.stdout.write(printableLines(text)),
  writeErr: (text: string): void => void process.stderr.write(printableLines(text)),
  outputError: (text: string, write: (text: string) => void): void => {
    const [, message = '', hint = ''] = /^([\s\S]*?)(\n\(Did you mean [^\n]*\))?\n?$/.exec(text) ?? [];
    write(`${printable(message)}${hint}\n`);
  },
};

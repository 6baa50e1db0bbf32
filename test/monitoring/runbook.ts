// docs/operations.md as somebody reads it whom an alert has sent there.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** @param url of an alert: file and heading. @returns what stands below that heading. @throws when there is none */
export function runbookEntry(url: string): string {
  const [file = '', heading] = url.split('#');
  const [, below] = readFileSync(`${ROOT}${file}`, 'utf8').split(new RegExp(`^### ${heading}\\n`, 'im'));
  if (below === undefined) throw new Error(`${url}: there is no such heading`);
  return below.split(/^##/m, 1)[0] as string;
}

/** The part that says what to look at. */
export const lookIn = (entry: string): string => entry.split(/^- Do:/m, 1)[0]?.split(/^- Look[^:]*:/m)[1] ?? '';

/** Commands as they are to be typed, with P for the partner and ADDRESS for a program. */
export const commandsIn = (text: string): string[] =>
  [...text.matchAll(/`((?:ess|curl|kill|timedatectl|promtool)(?: [^`]*)?)`/g)].map(([, command = '']) => command);

/** Titles of panels. */
export const panelsIn = (text: string): string[] =>
  [...text.matchAll(/\*([A-Z][^*]+)\*/g)].map(([, title = '']) => title);

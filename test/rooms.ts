// Checks that the folders inside a workspace are rooms on one way: no two lead to each other, not even by types. A file that lies
// at the top of a workspace is a room of its own. A room has few files and a file few lines, so that a reader can hold them in mind.
import { posix } from 'node:path';
import type { SourceFile } from './source-files.ts';
import { importsOf, join, workspaceOf } from './source-files.ts';

const LINES_MAX = 300;
const FILES_MAX = 15;

export function roomViolations(files: readonly SourceFile[]): string[] {
  const sources = files.filter(({ path }) => !path.endsWith('.test.ts'));
  // What is generated is made of files that are short.
  const long = files
    .filter(({ path }) => !path.startsWith('schemas/generated/'))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${LINES_MAX}`);
  const full = [...Map.groupBy(sources, ({ path }) => posix.dirname(path))]
    .filter(([, inside]) => inside.length > FILES_MAX)
    .map(([folder, inside]) => `${folder} has ${inside.length} source files, more than ${FILES_MAX}`);
  return [...long, ...full, ...backwards(sources.filter(({ path }) => !path.startsWith('test/')))];
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  /** The import that makes it. */
  readonly at: string;
}

function backwards(files: readonly SourceFile[]): string[] {
  const arrows = files.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ specifier, line }): Arrow[] => {
      const [from, to] = [roomOf(path), roomOf(join(path, specifier))];
      return specifier.startsWith('.') && from !== to ? [{ from, to, at: `${path}:${line}` }] : [];
    }),
  );
  const next = Map.groupBy(arrows, ({ from }) => from);
  return arrows
    .filter(({ from, to }) => leadsTo(to, from, next))
    .map(({ from, to, at }) => `${at} leads from ${from} to ${to}, from where a way leads back`);
}

function leadsTo(from: string, goal: string, next: ReadonlyMap<string, readonly Arrow[]>): boolean {
  const seen = new Set([from]);
  // A set that grows is walked to its end.
  for (const room of seen) for (const { to } of next.get(room) ?? []) seen.add(to);
  return seen.has(goal);
}

function roomOf(path: string): string {
  const folder = posix.dirname(path);
  const isTop = folder === workspaceOf(path) || folder === `services/${workspaceOf(path)}`;
  return isTop ? path : folder;
}

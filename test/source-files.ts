// The source files of the repository, and what each of them imports.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Those that are committed, and those that are new. */
export function sourceFiles(): SourceFile[] {
  const globs = ['schemas/*.ts', 'services/*.ts', 'infra/*.ts', 'test/*.ts'];
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...globs];
  return execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, 'utf8') }));
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

export function importsOf(text: string): Import[] {
  const pattern =
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: (match[2] ?? match[3] ?? match[4]) as string,
    line: text.slice(0, match.index).split('\n').length,
    dynamic: match[4] !== undefined,
    typeOnly: match[1] !== undefined,
  }));
}

export function workspaceOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'services' ? second : first;
}

export function join(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

// Checks that what documents and comments name is there: files, paths, links and their anchors. What is only outside of the
// repository may not be named. `node test/references.ts` prints every violation as file:line and exits 1.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './source-files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Documents that a reader of this repository does not have. */
const ELSEWHERE = /\bDESIGN\b|\b(?:FACTS|STYLE|origin)\.md|\.\.\/shared(?![\w-])|\b[Ii]ssue\s#?\d/;
const LINK = /\]\(([^)\s]+)\)/g;
/** A path from the root of the repository. What goes on with a placeholder (`<name>`, `*`, `{a,b}`, `${x}`) names no file. */
const ROOTED = /(?<![\w./@-])(?:docs|services|test|infra|schemas|connectors)\/[\w./-]*[\w/](?![\w<*{$…])/g;
/** A file by its name, with folders or without, or as it is imported. */
const NAMED = /(?<=@ess\/|\.\/|(?<![\w./@*<>${}-]))[\w-][\w./-]*\.(?:ts|mts|mjs|avsc)(?![\w<*{$-])/g;

export function violations(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.flatMap(({ path }) => withFolders(path)));
  const names = new Set(files.flatMap(({ path }) => endings(path)));
  const anchors = new Map(files.filter(isDocument).map(({ path, text }) => [path, anchorsOf(text)]));
  return files.flatMap((file) => [
    ...linesWhere(file, file.text, (line) =>
      ELSEWHERE.test(line) ? 'names what is not in the repository' : undefined,
    ),
    ...(isDocument(file) ? linesWhere(file, file.text, (line) => brokenLink(file.path, line, paths, anchors)) : []),
    ...linesWhere(file, prose(file), (line) => absent(line, paths, names)),
  ]);
}

function brokenLink(
  from: string,
  line: string,
  paths: ReadonlySet<string>,
  anchors: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  const targets = Array.from(line.matchAll(LINK), ([, target = '']) => target);
  const broken = targets.find((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? from : posix.join(posix.dirname(from), file).replace(/\/$/, '');
    return !paths.has(path) || (anchor !== undefined && !anchors.get(path)?.has(anchor));
  });
  return broken && `has a link that leads nowhere: ${broken}`;
}

function absent(line: string, paths: ReadonlySet<string>, names: ReadonlySet<string>): string | undefined {
  const rooted = Array.from(line.matchAll(ROOTED), ([path]) => path.replace(/\/$/, ''));
  const named = Array.from(line.matchAll(NAMED), ([name]) => name);
  const missing = [...rooted.filter((path) => !paths.has(path)), ...named.filter((name) => !names.has(name))][0];
  return missing && `names ${missing}, which is not there`;
}

const isDocument = ({ path }: SourceFile): boolean => path.endsWith('.md');

/** What a person reads in a file: a document without its samples, of code the comments. Other lines are empty. */
function prose(file: SourceFile): string {
  if (isDocument(file)) return withoutSamples(file.text);
  const comment = /\.(?:ts|mts|mjs)$/.test(file.path) ? /(?:^|\s)(?:\/\/|\/\*\*?|\*)\s.*$/ : /(?:^|\s)#\s.*$/;
  return file.text.replaceAll(/^.*$/gm, (line) => comment.exec(line)?.[0] ?? '');
}

const withoutSamples = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```$/gm, (sample) => sample.replaceAll(/[^\n]/g, ''));

/** As GitHub makes them of headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutSamples(text).matchAll(/^#+ (.+)$/gm);
  return new Set(
    Array.from(headings, ([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** A path and every folder above it. */
const withFolders = (path: string): string[] => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));

/** A file by its name, and with each of the folders above it. */
const endings = (path: string): string[] => path.split('/').map((_, at, parts) => parts.slice(at).join('/'));

function linesWhere({ path }: SourceFile, text: string, fault: (line: string) => string | undefined): string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = fault(line);
    return found ? [`${path}:${index + 1} ${found}`] : [];
  });
}

if (import.meta.main) {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = listed
    .split('\n')
    .filter((path) => path !== '' && path !== 'package-lock.json' && existsSync(`${ROOT}/${path}`))
    .map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, 'utf8') }));
  const found = violations(files);
  for (const line of found) console.error(line);
  console.error(
    found.length === 0 ? `references hold in ${files.length} files` : `${found.length} references lead nowhere`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
}

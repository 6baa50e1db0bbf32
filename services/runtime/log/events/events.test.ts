// What the sources log, compared with what is explained: a scan of every call of a log.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { EVENTS } from './events.ts';

interface LogCall {
  readonly at: string;
  readonly level: string;
  /** Of the object, as far as they are written out. */
  readonly fields: readonly string[];
  /** Texts of the message; none: it is handed on. */
  readonly names: readonly string[];
}

/** These hand on what another thread, or the Kafka client, has said. */
const HANDS_ON =
  /(history\/history|write\/threaded-outbox|audit\/audit-indexer|kafkajs\/client|runtime\/program|cli\/open-kafka)\.ts/;

const CALL = /(?:\blog|#log|\.logger\(\))(?:\?)?(?:\.(info|warn|error|fatal|debug)|\[[a-z][^\]]*\])\(|\.(fail)\(/g;
const sources = globSync(['services/**/*.ts', 'infra/**/*.ts']).filter(
  (path) => !/\.test\.ts$|node_modules|\/page\/|log\/events\//.test(path),
);

/** The arguments of a call that begins here, at its own depth. */
function argumentsAt(text: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let quote: string | undefined;
  let from = start;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] as string;
    if (quote !== undefined) {
      if (char === '\\') at += 1;
      else if (char === quote) quote = undefined;
    } else if (`'"\``.includes(char)) quote = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (char === ',' && depth === 0) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
    if (depth < 0) return [...found, text.slice(from, at).trim()].filter(Boolean);
  }
  return found;
}

const callsIn = (path: string): LogCall[] => {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(CALL)].flatMap((match): LogCall[] => {
    const given = argumentsAt(text, match.index + match[0].length);
    const [first = '', second = ''] = given;
    if (match[2] && !first.startsWith("'")) return []; // a method of another kind
    const isNameFirst = /^['"`]/.test(first);
    const [message, details] = isNameFirst ? [first, second] : [second, first];
    const fields = details.startsWith('{')
      ? argumentsAt(`${details.slice(1, -1)})`, 0).flatMap((part) => /^(\w+)\s*(?:[:,]|$)/.exec(part)?.slice(1) ?? [])
      : [];
    const names = [...message.matchAll(/'([^']*)'|"([^"]*)"|`([^`]*)`/g)].map(
      (one) => one[1] ?? one[2] ?? one[3] ?? '',
    );
    const line = text.slice(0, match.index).split('\n').length;
    return [{ at: `${path}:${line}`, level: match[1] ?? (match[2] ? 'fatal' : ''), fields, names }];
  });
};

const calls = sources.flatMap(callsIn);
/** Of a program: `worker.stopping`. */
const expanded = (name: string): string => name.replace(/^\$\{this\.name\}/, 'worker');

test('every line of a log is an event that is explained, with its level', () => {
  expect(calls.length).toBeGreaterThan(100);
  const unknown = calls.flatMap(({ at, level, names }) => {
    if (names.length === 0 && !HANDS_ON.test(at)) return [`${at} logs a text that is no event`];
    return names.map(expanded).flatMap((name) => {
      const event = EVENTS[name];
      if (!event) return [`${at} logs "${name}": give it a name, and explain it in services/runtime/log/events`];
      const isKnown = level === '' || (event.levels as readonly string[]).includes(level);
      return isKnown ? [] : [`${at} logs ${name} as ${level}, which its explanation does not say`];
    });
  });
  expect(unknown).toEqual([]);
});

test('the fields that are written out are those that are explained', () => {
  const unknown = calls.flatMap(({ at, fields, names }) =>
    names.map(expanded).flatMap((name) => {
      const known = EVENTS[name]?.fields ?? [];
      return fields.filter((field) => !known.includes(field)).map((field) => `${at} ${name}: ${field}`);
    }),
  );
  expect(unknown).toEqual([]);
});

test('no event is explained that nobody logs', () => {
  const text = sources.map((path) => readFileSync(path, 'utf8')).join('\n');
  const unheard = Object.keys(EVENTS).filter(
    (name) => !/\.(stopping|stopped)$/.test(name) && !text.includes(`'${name}'`),
  );
  expect(unheard).toEqual([]);
});

test('names are names: words with dots between them', () => {
  for (const name of Object.keys(EVENTS)) expect(name).toMatch(/^[a-z]+(\.[a-zA-Z-]+)+$/);
});

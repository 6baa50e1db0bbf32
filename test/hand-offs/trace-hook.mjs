// Loaded before a program (`node --import`): every function of it notes that it was entered, and from which file. A property that
// is read through a getter says so by its name. SIGUSR2 begins
// a trace, and TRACE_FILE says null; the next one writes it there. Types are still in the source here; Node strips them afterwards.
import { renameSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { parseSync } from '@swc/core';

const root = `file://${process.env.TRACE_ROOT}/`;
const isOurs = (url) => url.startsWith(`${root}services/`) || url.startsWith(`${root}schemas/`);
const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'MethodProperty',
  'GetterProperty',
  'SetterProperty',
]);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!isOurs(url) || !url.endsWith('.ts')) return loaded;
    return { ...loaded, source: instrument(String(loaded.source), url.slice(root.length)) };
  },
});

function instrument(source, file) {
  // Positions count from where the parser has come to: a statement of ours says where that is.
  const marked = `0;${source}`;
  const ast = parseSync(marked, { syntax: 'typescript', target: 'es2024' });
  const base = ast.body[0].span.start;
  const inserts = [];
  const hop = (name) => `__hop(${JSON.stringify(`${file}#${name}`)})`;
  const note = (name, body) => {
    if (body?.stmts) inserts.push([body.span.start - base + 1, `${hop(name)};`]);
    else if (body) inserts.push([body.span.start - base, `(${hop(name)},`], [body.span.end - base, ')']);
  };
  const walk = (node, name) => {
    if (Array.isArray(node)) {
      for (const one of node) walk(one, name);
      return;
    }
    if (node === null || typeof node !== 'object') return;
    const own = node.key?.value ?? node.key?.id?.value ?? node.identifier?.value ?? node.id?.value ?? name;
    if (node.type === 'ClassMethod' || node.type === 'PrivateMethod')
      note(node.kind === 'getter' ? `get ${own}` : own, node.function.body);
    else if (node.type === 'GetterProperty') note(`get ${own}`, node.body);
    else if (node.type === 'Constructor') note('constructor', node.body);
    else if (node.type === 'ArrowFunctionExpression' || FUNCTIONS.has(node.type)) note(own, node.body);
    for (const [key, child] of Object.entries(node)) if (key !== 'span') walk(child, own);
  };
  walk(ast, '?');
  const bytes = Buffer.from(marked);
  let traced = '';
  let at = 0;
  for (const [position, text] of inserts.sort(([a], [b]) => a - b)) {
    traced += bytes.subarray(at, position) + text;
    at = position;
  }
  return traced + bytes.subarray(at);
}

let entries;

globalThis.__hop = (entered) => {
  if (entries === undefined) return;
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = (_, frames) => frames;
  Error.stackTraceLimit = 8;
  // A function that `map` or `some` calls is entered by whoever called `map`: what is native has no file.
  const callers = new Error().stack.slice(2).filter((frame) => !frame.isAsync());
  const caller = callers.map((frame) => frame.getFileName()).find((file) => file && file !== '<anonymous>') ?? '';
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  const from = isOurs(caller) ? caller.slice(root.length) : '';
  const hop = `${from}>${entered}`;
  entries[hop] = (entries[hop] ?? 0) + 1;
};

process.on('SIGUSR2', () => {
  const traced = entries ?? null; // null: it begins
  entries = entries === undefined ? {} : undefined;
  writeFileSync(`${process.env.TRACE_FILE}.new`, JSON.stringify(traced));
  renameSync(`${process.env.TRACE_FILE}.new`, process.env.TRACE_FILE);
});

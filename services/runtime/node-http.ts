/**
 * Node's http, without the browser-like clients that an `import` of it loads too (Node 24): a tenth of a second of CPU at the start of
 * each program.
 */
export const nodeHttp = process.getBuiltinModule('node:http');

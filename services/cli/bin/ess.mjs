#!/usr/bin/env node
// Entry of the `ess` command. The services need the Node that package.json pins (it runs .ts files);
// a system Node that is older hands over to it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const MIN_MAJOR = 24;
const root = new URL('../../../', import.meta.url).href;
const main = new URL('../main.ts', import.meta.url);
if (Number(process.versions.node.split('.')[0]) >= MIN_MAJOR) {
  // V8 learns from the first collections which literals live long, and puts those into the old heap at once. While a worker starts,
  // the young heap is small and what a request needs outlives a collection: it would be taken for long-lived for good, and a
  // third of all that a delivery allocates would wait for a full collection (bench S1). Said before the cache: it is part of its key.
  if (process.argv[2] === 'worker') v8.setFlagsFromString('--no-allocation-site-pretenuring');
  // What Node makes of a file (types stripped, code compiled) is kept for the next start. Where nothing can be written it is not.
  const cache = fileURLToPath(new URL('../../../.ess/compile-cache', import.meta.url));
  module.enableCompileCache(cache);
  process.env.NODE_COMPILE_CACHE ??= cache; // threads look for it there
  // Threads that look names up, among others: a name that nobody answers for holds one for ten seconds. Node reads this at their first use.
  process.env.UV_THREADPOOL_SIZE ??= '16';
  // A name of ours says where its file is: Node would look for it in links and manifests, 350 times for a worker.
  module.registerHooks({
    resolve(name, context, next) {
      const [, folder, file] = /^@ess\/([^/]+)\/(.+\.ts)$/.exec(name) ?? [];
      const isBeside = /^\.\.?\/.*\.ts$/.test(name) && context.parentURL?.startsWith(root);
      if (folder === 'test' || (folder === undefined && !isBeside)) return next(name, context);
      const place = folder === 'schemas' || folder === 'infra' ? folder : `services/${folder}`;
      const { href } = isBeside ? new URL(name, context.parentURL) : new URL(`${place}/${file}`, root);
      return { url: href, format: 'module-typescript', shortCircuit: true };
    },
  });
  await import(main.href);
} else {
  const pinned = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(pinned)) {
    console.error(
      `ess needs Node ${MIN_MAJOR}; run "npm run setup" in the project, which installs it beside the code.`,
    );
    process.exit(1);
  }
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => (signal ? process.kill(process.pid, 'SIGKILL') : process.exit(code ?? 1)));
}

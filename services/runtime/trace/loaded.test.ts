// Without a collector nothing of OpenTelemetry is loaded: the hot path has one question, and a start takes no longer.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const TRACER = fileURLToPath(new URL('./tracer.ts', import.meta.url));

/** Modules of OpenTelemetry that a process has loaded when its tracer is open. */
function loadedWith(settings: object): string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const { openTracer } = await import(${JSON.stringify(TRACER)});
    await openTracer('test', ${JSON.stringify({ headers: {}, resource: {}, sampler: 'always_on', ratio: 1, ...settings })}, String, {});
    console.log(JSON.stringify(loaded.filter((url) => url.includes('@opentelemetry'))));`;
  const written = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return JSON.parse(written) as string[];
}

test('the exporter is loaded where a collector is named, and only there', () => {
  expect(loadedWith({})).toEqual([]);
  expect(loadedWith({ endpoint: 'http://127.0.0.1:9' }).length).toBeGreaterThan(0);
});

// Where Prometheus and promtool are. Plain JavaScript, as setup.mjs asks on any Node before anything is installed. Debian's package is
// unpacked, not installed: nothing is started, no port is taken, and nobody has to be root.
import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../chromium.mjs';

export const PROMETHEUS_NEEDED =
  'the tests of alerts need Prometheus 2.42 or later with promtool in PATH (Debian: sudo apt-get install prometheus)';

const folder = () =>
  join(process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache'), 'ess/prometheus');

/** @returns the path of `prometheus` or `promtool`: in PATH, or in what was unpacked */
export function findPrometheus(name) {
  return findProgram(name) ?? findProgram(name, join(folder(), 'usr/bin'));
}

/**
 * Fetches and unpacks the package: 19 MB, 95 MB on disk, some 6 s, once per user.
 * @param run as setup.mjs has it. @returns what is left for the person to do
 */
export async function fetchPrometheus(run) {
  if (!findProgram('apt-get') || !findProgram('dpkg-deb')) return PROMETHEUS_NEEDED;
  const to = folder();
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  console.error('setup: fetching Prometheus from Debian, for the tests of alerts (19 MB, some 6 s, once per user)');
  const quiet = (script) => run('/bin/sh', ['-c', `cd "$0" && ${script}`, to]);
  const download = () => quiet('apt-get download prometheus >/dev/null 2>&1');
  let code = await download();
  // A fresh container knows of no packages.
  if (code !== 0 && code < 128 && process.getuid?.() === 0) {
    code = await quiet('apt-get update -qq >/dev/null');
    if (code === 0) code = await download();
  }
  if (code === 0) code = await quiet('dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb');
  if (code > 128) process.exit(code);
  return code === 0 && findPrometheus('promtool')
    ? undefined
    : `apt-get download prometheus failed; ${PROMETHEUS_NEEDED}`;
}

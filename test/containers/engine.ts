// A Docker engine of our own: its data, its socket, and ended with us. Where it runs containers it is in a network namespace that goes
// with it, so that no address, rule or port of this machine is touched; where it builds it shares the network and makes none.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/deadline.ts';
import type { Shell } from './shell.ts';
import { cacheFolder } from './tools.ts';

export interface Engine extends AsyncDisposable {
  /** DOCKER_HOST. */
  readonly host: string;
}

/** Containers are stopped by their own commands before; this is for what was left. */
const LEFT_S = 10;
const END_MS = 60_000;

export async function startEngine(shell: Shell, { for: purpose }: { for: 'building' | 'running' }): Promise<Engine> {
  const data = join(cacheFolder(), 'engine');
  mkdirSync(data, { recursive: true });
  const folder = mkdtempSync('/tmp/ess-docker-'); // a socket's path may have 107 characters
  const host = `unix://${folder}/docker.sock`;
  const output = openSync(join(folder, 'dockerd.log'), 'a');
  const where = ['--data-root', data, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`, '-H', host];
  const network =
    purpose === 'building' ? ['--bridge', 'none', '--iptables=false', '--ip-masq=false'] : ['--dns', '127.0.0.1']; // nobody answers outside the namespace: names that are not ours are refused at once
  const args = [...where, '--shutdown-timeout', String(LEFT_S), ...network];
  shell.log(`$ dockerd ${args.join(' ')}\n`);
  const PATH = `${process.env['PATH']}:/usr/sbin:/sbin`;
  // Ctrl-C is for us: it is ended after its containers.
  const daemon = spawn('dockerd', args, {
    stdio: ['ignore', output, output],
    detached: true,
    env: { ...process.env, PATH },
  });
  closeSync(output);
  const ended = once(daemon, 'exit');
  const end = async () => {
    daemon.kill('SIGTERM');
    await Promise.race([ended, delay(END_MS, undefined, { ref: false })]);
    if (daemon.exitCode === null && daemon.signalCode === null) daemon.kill('SIGKILL');
    for (const place of mountsBelow(folder)) spawnSync('umount', ['-l', place]); // it leaves the namespace of its containers mounted
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually('the Docker engine', async () => {
      if (daemon.exitCode !== null) throw new Error(`dockerd ended with ${daemon.exitCode}, see ${folder}/dockerd.log`);
      return (await shell.run('docker', ['-H', host, 'info'])).code === 0 || undefined;
    });
  } catch (error) {
    if (daemon.exitCode === null) await end();
    throw error;
  }
  return { host, [Symbol.asyncDispose]: end };
}

const mountsBelow = (folder: string): string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((place) => place.startsWith(`${folder}/`));

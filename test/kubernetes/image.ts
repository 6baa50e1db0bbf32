// Images without an image registry and without a Docker engine: what this machine has, as the archive that containerd takes in.
import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { REPOSITORY } from '../harness/repository.ts';
import { program } from './programs.ts';
import { output } from './tools.ts';

interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly Env?: readonly string[];
}

/** Holds the network of a pod. @returns the archive */
export async function pauseImage(folder: string): Promise<string> {
  const layer = join(folder, 'pause-layer.tar');
  await output('tar', ['-cf', layer, '-C', dirname(program('pause')), 'pause']);
  return archive(folder, 'docker.io/local/pause:1', [layer], { Entrypoint: ['/pause'] });
}

/**
 * ESS as it lies here, without tests and development packages, on the Node that the project pins and the C library of this machine.
 * @returns the archive
 */
export async function essImage(folder: string, name: string): Promise<string> {
  const layers = [await systemLayer(folder), await packagesLayer(folder), await sourcesLayer(folder)];
  return archive(folder, name, layers, {
    Entrypoint: ['/usr/local/bin/node', '/ess/services/cli/bin/ess.mjs'],
    WorkingDir: '/ess',
    User: 'node',
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/home/node'],
  });
}

async function systemLayer(folder: string): Promise<string> {
  const root = join(folder, 'system');
  const node = join(REPOSITORY, 'node_modules/node/bin/node');
  const put = (from: string, to: string): void => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(from, join(root, to));
  };
  put(node, '/usr/local/bin/node');
  const libraries = [...(await output('ldd', [node])).matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  for (const library of libraries) put(library, library);
  for (const name of ['etc', 'tmp', 'home/node']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/none\nnode:x:1000:1000::/home/node:/none\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  return tar(folder, 'system', root, ['.']);
}

/** Those of package-lock.json that are there to run, and the links to our own. */
function packagesLayer(folder: string): Promise<string> {
  const lock = JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; link?: boolean; optional?: boolean }>;
  };
  const wanted = Object.entries(lock.packages).flatMap(([place, { dev }]) =>
    /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(place) && !dev ? [place] : [],
  );
  return tar(folder, 'packages', REPOSITORY, wanted, 'ess/');
}

async function sourcesLayer(folder: string): Promise<string> {
  const listed = await output('git', ['-C', REPOSITORY, 'ls-files', 'package.json', 'schemas', 'services', 'infra']);
  const files = listed.split('\n').filter((file) => file !== '' && !file.endsWith('.test.ts'));
  return tar(folder, 'sources', REPOSITORY, [...files, 'services/console/built'], 'ess/');
}

async function tar(folder: string, name: string, root: string, paths: readonly string[], under = ''): Promise<string> {
  const list = join(folder, `${name}.list`);
  writeFileSync(list, paths.join('\n'));
  const layer = join(folder, `${name}-layer.tar`);
  // Links between packages lead along their own folders, which move with them.
  const moved = under === '' ? [] : ['--transform', `flags=r;s,^,${under},`];
  const how = ['--owner=0', '--group=0', '--ignore-failed-read', ...moved, '-C', root, '-T', list];
  await output('tar', ['-cf', layer, ...how]);
  return layer;
}

/** As `docker save` writes it. */
async function archive(folder: string, name: string, layers: readonly string[], config: ImageConfig): Promise<string> {
  const out = join(folder, name.replaceAll(/\W/g, '-'));
  mkdirSync(out, { recursive: true });
  const hashes = await Promise.all(layers.map(sha256));
  for (const [index, layer] of layers.entries()) renameSync(layer, join(out, `${hashes[index]}.tar`));
  const rootfs = { type: 'layers', diff_ids: hashes.map((hash) => `sha256:${hash}`) };
  const text = JSON.stringify({ architecture: ARCHITECTURE, os: 'linux', config, rootfs });
  const file = `${createHash('sha256').update(text).digest('hex')}.json`;
  writeFileSync(join(out, file), text);
  const manifest = [{ Config: file, RepoTags: [name], Layers: hashes.map((hash) => `${hash}.tar`) }];
  writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest));
  await output('tar', ['-cf', `${out}.tar`, '-C', out, '.']);
  return `${out}.tar`;
}

/** As images name it. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

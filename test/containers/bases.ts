// The images that ours and the Compose file begin with, made here under their names: a machine without an image registry has no others.
// Only for an engine of our own; a found one is given the real ones (`docker pull`).
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@ess/infra/chromium.mjs';
import { ensureJars } from '@ess/infra/local/tools/jars.ts';
import { findJava } from '@ess/infra/local/tools/java.ts';
import { findPrometheus } from '@ess/infra/prometheus/programs.mjs';
import { parse } from 'yaml';
import { REPOSITORY } from '../harness/repository.ts';
import type { Shell } from './shell.ts';

export const NODE = 'node:24-slim';
const DEBIAN = 'debian:bookworm-slim';
const RECIPES = fileURLToPath(new URL('bases/', import.meta.url));
const LABEL = 'ess.stand-in';

/** Fills a build context beside the Dockerfile. @returns what the image is made of, beyond the recipe */
type Fill = (context: string) => Promise<string>;

/** Those that the Compose file names, with their tags. */
export function foreignImages(): string[] {
  const { services } = parse(readFileSync(join(REPOSITORY, 'docker-compose.kafka.yml'), 'utf8'), {
    merge: true,
    maxAliasCount: -1,
  });
  const images = Object.values(services as Record<string, { image: string }>).map(({ image }) => image);
  return [...new Set(images)].filter((image) => image !== 'ess:local');
}

/** @returns what cannot be had; undefined: all is there */
export async function pullBases(shell: Shell, images = [NODE, ...foreignImages()]): Promise<string | undefined> {
  for (const image of images)
    if (
      (await shell.run('docker', ['image', 'inspect', image])).code !== 0 &&
      (await shell.run('docker', ['pull', image])).code !== 0
    )
      return `${image} cannot be pulled`;
  return undefined;
}

/** What our image begins with. */
export async function makeNode(shell: Shell): Promise<void> {
  await debian(shell);
  await make(shell, NODE, 'node', (context) => fillNode(shell, context));
}

export async function makeBases(shell: Shell): Promise<void> {
  await makeNode(shell);
  const jars = await ensureJars();
  const folders: Readonly<Record<string, Fill>> = {
    kafka: (context) => fillJava(shell, context, dirname(jars.kafka)),
    registry: (context) => fillJava(shell, context, dirname(jars.registry.split(':')[0] ?? '')),
    prometheus: fillPrometheus,
    grafana: async (context) => copied(context, 'grafana.mjs'),
  };
  for (const image of foreignImages()) {
    const name = Object.keys(folders).find((one) => image.includes(one));
    const fill = name === undefined ? undefined : folders[name];
    if (name === undefined || fill === undefined) throw new Error(`${image} has no stand-in in test/containers/bases`);
    await make(shell, image, name, fill);
  }
}

async function debian(shell: Shell): Promise<void> {
  const recipe = hash(readFileSync(join(RECIPES, 'debian.sh')));
  if (await isMade(shell, DEBIAN, recipe)) return;
  const folder = mkdtempSync(join(tmpdir(), 'ess-debian-'));
  try {
    await shell.must('sh', [join(RECIPES, 'debian.sh'), join(folder, 'root')]);
    await shell.must('tar', ['-C', join(folder, 'root'), '-cf', join(folder, 'root.tar'), '.']);
    const label = ['-c', `LABEL ${LABEL}=${recipe}`, '-c', 'CMD ["bash"]'];
    await shell.must('docker', ['import', ...label, join(folder, 'root.tar'), DEBIAN]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function make(shell: Shell, image: string, name: string, fill: Fill): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'ess-base-'));
  try {
    const dockerfile = copied(context, `${name}.Dockerfile`);
    const below = await shell.must('docker', ['image', 'inspect', '-f', '{{.Id}}', name === 'grafana' ? NODE : DEBIAN]);
    const recipe = hash(dockerfile, below, await fill(context));
    if (await isMade(shell, image, recipe)) return;
    const how = ['-f', join(context, `${name}.Dockerfile`), '--label', `${LABEL}=${recipe}`, '--network', 'host'];
    await shell.must('docker', ['build', '-q', ...how, '-t', image, context], { env: { DOCKER_BUILDKIT: '0' } });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

async function isMade(shell: Shell, image: string, recipe: string): Promise<boolean> {
  const { output } = await shell.run('docker', [
    'image',
    'inspect',
    '-f',
    `{{index .Config.Labels "${LABEL}"}}`,
    image,
  ]);
  return output.trim() === recipe;
}

async function fillNode(shell: Shell, context: string): Promise<string> {
  copyFileSync(join(REPOSITORY, 'node_modules/node/bin/node'), join(context, 'node'));
  const npm = dirname(dirname(realpathSync(findProgram('npm') ?? ''))); // of …/npm/bin/npm-cli.js
  await shell.must('tar', ['-C', npm, '-cf', join(context, 'npm.tar'), '.']);
  const setting = async (name: string) => (await shell.must('npm', ['config', 'get', name])).trim();
  const authorities = await setting('cafile');
  const file = existsSync(authorities) ? authorities : '/etc/ssl/certs/ca-certificates.crt';
  copyFileSync(file, join(context, 'authorities.crt'));
  const npmrc = `registry=${await setting('registry')}\ncafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n`;
  writeFileSync(join(context, 'npmrc'), npmrc);
  const version = JSON.parse(readFileSync(join(npm, 'package.json'), 'utf8')).version;
  return `${process.version} ${version} ${npmrc} ${hash(readFileSync(file))}`;
}

/** The Java of this machine, without what only a compiler needs, and a folder of jars. */
async function fillJava(shell: Shell, context: string, jars: string): Promise<string> {
  const java = realpathSync(findProgram(await findJava()) ?? (await findJava()));
  const home = dirname(dirname(java));
  const without = ['jmods', 'src.zip', 'lib/src.zip', 'man', 'demo', 'include', 'sample'].map(
    (name) => `--exclude=./${name}`,
  );
  await shell.must('tar', ['-C', home, '-chf', join(context, 'java.tar'), ...without, '.']);
  await shell.must('tar', ['-C', jars, '-cf', join(context, 'jars.tar'), '.']);
  return `${home} ${jars} ${copied(context, 'kafka.sh')}`;
}

async function fillPrometheus(context: string): Promise<string> {
  const program = findPrometheus('prometheus');
  if (program === undefined)
    throw new Error('Prometheus is missing: node infra/setup.mjs --with-prometheus fetches it');
  copyFileSync(program, join(context, 'prometheus'));
  return program;
}

function copied(context: string, name: string): string {
  copyFileSync(join(RECIPES, name), join(context, name));
  return readFileSync(join(context, name), 'utf8');
}

const hash = (...parts: ReadonlyArray<string | Buffer>): string =>
  parts
    .reduce((sum, part) => sum.update(part).update('\n'), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);

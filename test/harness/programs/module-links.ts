// node_modules of a second tree of the program: the packages of this repository, but the tree's own workspaces.
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { REPOSITORY } from '../repository.ts';

const MODULES = join(REPOSITORY, 'node_modules');

/** @param root of a tree with schemas, infra and services; its own links are relative, so it may be moved */
export function linkModules(root: string): void {
  const modules = join(root, 'node_modules');
  const own = join(modules, '@ess');
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(MODULES)) if (name !== '@ess') symlinkSync(join(MODULES, name), join(modules, name));
  for (const folder of ['schemas', 'infra', ...readdirSync(join(root, 'services')).map((name) => `services/${name}`)])
    symlinkSync(relative(own, join(root, folder)), join(own, basename(folder)));
}

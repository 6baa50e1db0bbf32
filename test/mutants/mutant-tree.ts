// A copy of the program with one thing broken on purpose: the production code needs no switches to be tested against.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import { linkModules } from '../harness/programs/module-links.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { Mutation } from './mutation.ts';
import { mutate } from './mutation.ts';

const COPIED = ['schemas', 'services', 'infra'];

/** Copies the program and breaks it. @returns the `ess` script of the copy */
export function plantMutant(cleanup: Cleanup, mutation: Mutation): string {
  return join(plantTree(cleanup, [mutation], COPIED), 'services/cli/bin/ess.mjs');
}

/** A copy of the program with its unit tests and what they need, for one mutant after the other: what Jest made of it is kept. */
export class TestedTree {
  readonly root: string;

  constructor(cleanup: Cleanup) {
    this.root = plantTree(cleanup, [], [...COPIED, 'test/fakes', 'test/harness', 'test/judges']);
    for (const file of ['jest.config.mjs', 'test/package.json']) cpSync(join(REPOSITORY, file), join(this.root, file));
    symlinkSync(join(this.root, 'test'), join(this.root, 'node_modules/@ess/test'));
  }

  /** Runs with the mutation in place. */
  async broken<T>(mutation: Mutation, run: () => Promise<T>): Promise<T> {
    const file = join(this.root, mutation.file);
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, mutate(source, mutation));
    try {
      return await run();
    } finally {
      writeFileSync(file, source);
    }
  }
}

function plantTree(cleanup: Cleanup, mutations: readonly Mutation[], folders: readonly string[]): string {
  const root = temporaryFolder(cleanup);
  for (const folder of folders)
    cpSync(join(REPOSITORY, folder), join(root, folder), {
      recursive: true,
      filter: (source) => basename(source) !== 'node_modules',
    });
  linkModules(root);
  for (const mutation of mutations) {
    const file = join(root, mutation.file);
    writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutation));
  }
  return root;
}

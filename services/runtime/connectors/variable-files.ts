// Files that the variables of connectors name (NAME_FILE): certificates, keys and secrets are renewed there by others, and take effect
// without a restart. Looked at by the clock: Kubernetes and certificate tools replace folders and links, which no watcher sees.
import { statSync } from 'node:fs';
import { connectorVariable } from '../settings/environment.ts';

export class VariableFiles {
  /** What the files of a partner looked like when they were last read. */
  readonly #marks = new Map<string, string>();
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
  }

  /**
   * Whether a file now holds something else than what its connector has. Told once for each change: the new content may be refused.
   * @param known name of a variable → the value that the connector was compiled with
   */
  haveChanged(partner: string, known: ReadonlyMap<string, string | undefined>): boolean {
    const names = [...known.keys()].filter((name) => !this.#env[name] && this.#env[`${name}_FILE`]);
    const mark = names.map((name) => markOf(this.#env[`${name}_FILE`] as string)).join(' ');
    if (this.#marks.get(partner) === mark) return false;
    this.#marks.set(partner, mark);
    return names.some((name) => this.#valueOf(name) !== known.get(name));
  }

  /** Undefined while it cannot be read: it is being replaced, or its loss is told. */
  #valueOf(name: string): string | undefined {
    try {
      return connectorVariable(this.#env, name);
    } catch {
      return undefined;
    }
  }
}

function markOf(file: string): string {
  try {
    const { ino, mtimeNs, size } = statSync(file, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  } catch {
    return '-';
  }
}

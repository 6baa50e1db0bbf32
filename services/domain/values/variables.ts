// `${NAME}` in a connector: which variables a partner may name, and their values. A value is never part of a message.
import type { FieldPath, Findings } from '../text/problem.ts';
import { programOf } from './program-variables.ts';

/** A variable is there in a way that cannot be used, e.g. as a file that cannot be read. */
export class VariableRefused extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** The environment, with NAME_FILE already followed (services/runtime does that). @throws VariableRefused */
export type Environment = (name: string) => string | undefined;

/** Ends at the next one that begins: a text of nothing but beginnings is gone through once. */
const REFERENCE = /\$\{((?:[^}$]|\$(?!\{))*)\}/g;
/** Masking anything shorter would mask ordinary words too (services/runtime/log/log.ts). */
const MIN_SECRET_CHARS = 6;
const NAME = /^([A-Z][A-Z0-9_]*)(?::-(.*))?$/s;

const prefixOf = (partner: string): string => `${partner.toUpperCase().replaceAll('-', '_')}_`;

export class Variables {
  /** Every secret value that was resolved, for redaction. */
  readonly secrets = new Set<string>();
  readonly #partner: string;
  readonly #env: Environment;
  readonly #others: readonly string[];
  readonly #findings: Findings;
  /** A variable that is not set is empty, and no problem. */
  readonly mayMiss: boolean;

  /**
   * @param partners all partners: `county` may not read what belongs to `county-ems`
   * @param mayMiss a variable that is not set is taken as empty instead of being a problem
   */
  constructor(partner: string, env: Environment, partners: readonly string[], findings: Findings, mayMiss = false) {
    this.mayMiss = mayMiss;
    this.#partner = partner;
    this.#env = env;
    this.#others = partners.filter((other) => other.startsWith(`${partner}-`)).map(prefixOf);
    this.#findings = findings;
  }

  /** The text with its variables replaced; it must name at least one, a secret written out is refused. */
  secret(text: string, path: FieldPath): string {
    if (!text.includes('${')) {
      this.#findings.add(
        path,
        'a secret is written into the file',
        `put it into the environment and write "\${${prefixOf(this.#partner)}SECRET}" here; then change the secret, it has been seen`,
      );
      return '';
    }
    return this.#replace(text, path, false, (value) => {
      this.secrets.add(value);
      if (value.length < MIN_SECRET_CHARS) {
        const message = `the secret has fewer than ${MIN_SECRET_CHARS} characters, too few to be masked in logs`;
        this.#findings.add(path, message, 'use a longer one');
      }
    });
  }

  /** Text that need not be secret, such as a URL or a client id. `${NAME:-default}` is allowed where `defaults` is set. */
  text(text: string, path: FieldPath, { defaults = false } = {}): string {
    return this.#replace(text, path, defaults, (value, before) => {
      // What follows the host in a URL is often a capability, so it is kept out of the logs as a secret would be.
      if (/^[a-z]+:\/\/[^/]+\/.*$/s.test(before) && value.length >= 8) this.secrets.add(value);
    });
  }

  /** A variable that programs share, such as HTTPS_PROXY: a connector says that it wants it, and not which. Empty: not set. */
  ofProgram(name: string): string {
    try {
      return this.#env(name) ?? '';
    } catch (error) {
      if (error instanceof VariableRefused) return '';
      throw error;
    }
  }

  #replace(text: string, path: FieldPath, defaults: boolean, seen: (value: string, before: string) => void): string {
    if (text.replaceAll(REFERENCE, '').includes('${')) this.#findings.add(path, `"\${" has no closing "}"`, 'close it');
    return text.replaceAll(REFERENCE, (_, inside: string, at: number) => {
      const [, name, fallback] = NAME.exec(inside) ?? [];
      const value = name === undefined ? this.#malformed(inside, path) : this.#resolve(name, fallback, defaults, path);
      if (value !== '') seen(value, text.slice(0, at));
      return value;
    });
  }

  #malformed(inside: string, path: FieldPath): string {
    const better = inside.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
    this.#findings.add(
      path,
      `"\${${inside}}" is not a variable`,
      `use capitals, digits and underscores: \${${better}}`,
    );
    return '';
  }

  #resolve(name: string, fallback: string | undefined, defaults: boolean, path: FieldPath): string {
    const prefix = prefixOf(this.#partner);
    const foreign = this.#others.find((other) => name.startsWith(other));
    const program = programOf(name, prefix);
    if (/^(KAFKA|ESS)_/.test(name)) {
      this.#findings.add(
        path,
        `${name} belongs to ESS itself`,
        `a connector may name only variables that start with ${prefix}`,
      );
    } else if (!name.startsWith(prefix) || foreign !== undefined) {
      const example = `${prefix}${name.slice(name.lastIndexOf('_') + 1)}`;
      const remedy = `name a variable that starts with ${prefix}, e.g. \${${example}}`;
      this.#findings.add(path, `${name} does not belong to this partner`, remedy);
    } else if (program !== undefined) {
      this.#findings.add(
        path,
        `${name} may belong to another program: variables that start with ${program}_ are well known`,
        `give the partner (and its folder) another name, e.g. partner-${this.#partner}`,
      );
    } else if (fallback !== undefined && !defaults) {
      this.#findings.add(path, `${name} must not have a default`, `write "\${${name}}" and set the variable`);
    } else {
      return this.#valueOf(name, fallback, path);
    }
    return '';
  }

  #valueOf(name: string, fallback: string | undefined, path: FieldPath): string {
    try {
      const value = this.#env(name) || fallback;
      if (value || this.mayMiss) return value ?? '';
      this.#findings.add(path, `${name} is not set`, `set ${name}, or ${name}_FILE to a file that holds it`);
    } catch (error) {
      if (!(error instanceof VariableRefused)) throw error;
      if (!this.mayMiss) this.#findings.add(path, error.message, error.remedy);
    }
    return '';
  }
}

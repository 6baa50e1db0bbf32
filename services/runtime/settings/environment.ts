// The environment as settings and connectors see it: NAME, or the content of the file that NAME_FILE names.
import { VariableRefused } from '@ess/domain/values/variables.ts';
import { FileRefused, readSmallFile } from './small-file.ts';

/** Keys, certificates with their chain, a set of public keys: none is longer. */
const FILE_BYTES_MAX = 64_000;

/** A file that cannot be read counts as not set. */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const read = readOrRefused(env, name);
  return read instanceof FileRefused ? undefined : read;
}

/** The same of this process. */
export const ownVariable = (name: string): string | undefined => readVariable(process.env, name);

/** Why the file that NAME_FILE names could not be read; undefined when it could, or is not asked for. */
export function fileRefused(env: NodeJS.ProcessEnv, name: string): FileRefused | undefined {
  const read = readOrRefused(env, name);
  return read instanceof FileRefused ? read : undefined;
}

/** As connectors ask for it. @throws VariableRefused when its file cannot be read */
export function connectorVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const read = readOrRefused(env, name);
  if (read instanceof FileRefused)
    throw new VariableRefused(`${name} cannot be read: the file that ${name}_FILE names ${read.message}`, read.remedy);
  return read;
}

function readOrRefused(env: NodeJS.ProcessEnv, name: string): string | FileRefused | undefined {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return undefined;
  try {
    return withoutLineEnds(readSmallFile(file, FILE_BYTES_MAX));
  } catch (error) {
    if (error instanceof FileRefused) return error;
    throw error;
  }
}

/** Trailing line ends of a secret file are not part of the secret. */
function withoutLineEnds(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n' || text[end - 1] === '\r') end -= 1;
  return text.slice(0, end);
}

// A file of YAML that a person or a deployment put there: a plan of topics or of rights, the options of the last render.
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { readYaml } from '@ess/domain/text/source-text.ts';
import { FileRefused, readSmallFile } from './small-file.ts';

const BYTES_MAX = 1_000_000;

/** @throws EssError ESS_CONFIG naming the file, the line and the remedy */
export function readYamlFile(file: string): unknown {
  const { value, problems } = readYaml(file, textOf(file));
  const [first] = problems;
  if (first) throw new EssError('ESS_CONFIG', formatProblem(first));
  return value;
}

function textOf(file: string): string {
  try {
    return readSmallFile(file, BYTES_MAX);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    throw new EssError('ESS_CONFIG', `${file} ${error.message} (${error.remedy})`, { cause: error });
  }
}

// Finds the Java that runs the stack and says what to do when there is none.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';

const MIN_JAVA = 17;
const ANSWER_MS = 8_000;
const REMEDY = `install Java ${MIN_JAVA} or later (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME`;

/** The command to run; a `JAVA_HOME` without a java in it is passed over. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const own = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : undefined;
  const java = own !== undefined && existsSync(own) ? own : 'java';
  const banner = await versionBanner(java, env);
  const major = javaMajor(banner);
  if (major === undefined || major < MIN_JAVA) {
    throw new EssError('ESS_STACK', `Kafka needs Java ${MIN_JAVA}, found "${banner.split('\n')[0]}"; ${REMEDY}`);
  }
  return java;
}

/** `openjdk version "17.0.15" 2025-04-15` is 17, `java version "1.8.0_402"` is 8. */
export function javaMajor(banner: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(banner) ?? [];
  if (first === undefined) return undefined;
  return first === '1' ? Number(second) : Number(first);
}

function versionBanner(java: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(java, ['-version'], { timeout: ANSWER_MS, env }, (error, stdout, stderr) => {
      if (error)
        reject(
          new EssError('ESS_STACK', `Java does not run (${error.message.split('\n')[0]}); ${REMEDY}`, { cause: error }),
        );
      else resolve(`${stderr}${stdout}`.trim());
    });
  });
}

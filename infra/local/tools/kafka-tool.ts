// Runs one of the command line tools that come with Kafka, e.g. the consumer group tool, and hands back what it printed.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { archiveOptions } from './class-archive.ts';
import type { Jars } from './jars.ts';

const LOG4J = fileURLToPath(new URL('log4j2.properties', import.meta.url));
const TOOL_MS = 30_000;

export interface ToolResult {
  code: number;
  stdout: string;
  stderr: string;
}

export const log4jOption = (): string => `-Dlog4j2.configurationFile=file:${LOG4J}`;

/** Warnings go to stderr, so that stdout is the tool's answer alone. Killed at the timeout: code 137. */
export async function runKafkaTool(
  java: string,
  jars: Jars,
  mainClass: string,
  args: string[],
  { input = '', timeoutMs = TOOL_MS, signal }: { input?: string; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<ToolResult> {
  const jvm = [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...archiveOptions(jars, 'kafka'),
    '-Dess.log.level=warn',
    '-Dess.log.target=SYSTEM_ERR',
  ];
  const child = spawn(java, [...jvm, log4jOption(), '-cp', jars.kafka, mainClass, ...args]);
  const kill = () => child.kill('SIGKILL');
  const late = setTimeout(kill, timeoutMs);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 137));
    });
    child.stdin.on('error', () => {}); // a tool may end before it has read everything
    child.stdin.end(input);
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr };
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', kill);
  }
}

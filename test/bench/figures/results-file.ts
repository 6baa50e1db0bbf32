// test/bench/RESULTS.md: the newest measurement first, older ones stay for comparison, every run of each is kept.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../harness/repository.ts';
import type { Measured } from './measured.ts';
import { claimRows, faults, figureRows } from './table.ts';

const FILE = join(REPOSITORY, 'test/bench/RESULTS.md');
const MARK = '<!-- measurements, newest first -->';
const PREAMBLE = `# Benchmark results

\`npm run bench\` writes a section here. The scenarios are in \`scenarios/\`; each runs next to its floor, alternating with it
in the same run, because the machine is shared: only ratios within one section mean something. The worker runs as in
production (\`ess worker\`, one process; decode, scope, mapping, signature, cursor, audit row, delivery state and commits
all on) with one exception: \`ESS_LOG_LEVEL=warn\`, as a line per delivery would measure the log.

${MARK}
`;

/** Cores, model, memory, and the versions that matter. */
export function machineFacts(): string {
  const cores = cpus();
  const kafka = /<kafka\.version>([\d.]+)/.exec(
    readFileSync(join(REPOSITORY, 'infra/local/tools/pom.xml'), 'utf8'),
  )?.[1];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  return `${cores.length} cores ${cores[0]?.model}, ${memory}, Linux ${release()}, Node ${process.version}, Kafka ${kafka ?? '?'} (1 broker)`;
}

export function saveResults(measured: readonly Measured[], label: string): string {
  const text = existsSync(FILE) ? readFileSync(FILE, 'utf8') : PREAMBLE;
  const git = (...args: string[]) => execFileSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' }).trim();
  const dirty = git('status', '--porcelain', 'services', 'schemas') === '' ? '' : ' with changes';
  const heading = `## ${label === '' ? '' : `${label}: `}${new Date().toISOString().slice(0, 16)}, commit ${git('rev-parse', '--short', 'HEAD')}${dirty}`;
  const section = [heading, '', `${machineFacts()}.`, '', ...measured.flatMap(scenarioLines)].join('\n');
  writeFileSync(FILE, text.replace(MARK, `${MARK}\n\n${section}`));
  return FILE;
}

function scenarioLines(one: Measured): string[] {
  const table = (head: string[], rows: string[][]) =>
    [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  const runs = one.runs.map(({ side, figures }) => `${side} ${Object.values(figures).map(short).join('/')}`);
  return [
    `### ${one.id} ${one.title}`,
    '',
    `${one.setting}. Over ${one.runs.length} runs: ${faults(one.runs)}.`,
    '',
    ...table(['asked', 'median', 'rounds', 'held'], claimRows(one)),
    '',
    ...table(['side', 'figure', 'min', 'median', 'max'], figureRows(one)),
    '',
    `Runs in order: ${runs.join('; ')}.`,
    '',
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

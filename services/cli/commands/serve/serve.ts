// `ess serve`: the programs of a small installation under one roof. They are processes of their own, started again when they end by
// themselves; one log, one stop, one answer whether all are ready.
import { fileURLToPath } from 'node:url';
import { catchLate } from '@ess/runtime/log/last-net.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import { serveMetrics } from '@ess/runtime/metrics/serve-metrics.ts';
import { Program } from '@ess/runtime/program.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { settingsLog } from '@ess/runtime/settings/settings-log.ts';
import { logUnsafe } from '@ess/runtime/settings/unsafe-environment.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import type { Command } from 'commander';
import { portNumber } from '../../terminal/number-option.ts';
import { passOn, tellLines } from '../../terminal/print.ts';
import { makeDemoToken } from './demo-token.ts';
import { OneLog } from './one-log.ts';
import type { ServedProgram } from './programs.ts';
import { choosePrograms, PROGRAMS, whatConnectorsSay } from './programs.ts';
import { Supervisor } from './supervisor.ts';

interface Options {
  readonly only?: readonly string[];
  readonly without: readonly string[];
  readonly connectors?: string;
  readonly port?: number;
  readonly pretty?: boolean;
  readonly demo?: true;
}

const ESS = fileURLToPath(new URL('../../bin/ess.mjs', import.meta.url));
/** How often it is looked whether a program that had no work has some now. */
const LOOK_EVERY_MS = 2_000;
/** Longer than the stop of any program, which it cuts itself: the slowest partner may take 120 s for one request. */
const STOP_MAX_MS = 180_000;

export function addServeCommand(program: Command): void {
  const names = PROGRAMS.map(({ name }) => name).join(', ');
  program
    .command('serve')
    .description(`keeps every program of a small installation running: ${names}; one log on stdout, one stop`)
    .option('--only <programs>', `some of ${names}, separated by commas`, listed)
    .option('--without <programs>', 'all but these, separated by commas', listed, [])
    .option('--connectors <dir>', 'where the connectors are')
    .option(
      '--port <n>',
      'its own admin listener for /metrics, /livez and /readyz of all; 0 = any free port',
      portNumber,
    )
    .option('--pretty', 'short log lines for people (default on a terminal)')
    .option('--demo', 'for people who try it: short log lines, and a token for the console, made and told once')
    .addHelpText(
      'after',
      `
Examples:
  ess serve                              everything that the connectors here ask for
  ess serve --only worker,bridge         no doors
  ess serve --without bridge --port 0
  ESS_CONSOLE_TOKENS=.ess/tokens.yaml ESS_CONSOLE_RIGHTS=.ess/rights.yaml ess serve --demo
  curl localhost:9468/readyz             503 names each program that is not ready, and why`,
    )
    .action(serve);
}

const listed = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

async function serve(options: Options): Promise<void> {
  const chosen = choosePrograms(options.only, options.without);
  const settings = loadSettings();
  const root = options.connectors ?? settings.connectors;
  whatConnectorsSay(root); // a folder that is not there is told before anything starts
  const stop = untilStopped(() => STOP_MAX_MS);
  let isRead = true;
  process.stdout.once('error', () => {
    isRead = false; // who reads the log is gone, and nothing could be told any more
    if (!stop.signal.aborted) stop.now();
  });
  const pretty = options.pretty ?? (options.demo || process.stdout.isTTY === true);
  const oneLog = new OneLog({ pretty, write: passOn });
  const { log } = settingsLog('serve', settings, { pretty, write: oneLog.own });
  logUnsafe(log, settings);
  catchLate(log);
  const metrics = serveMetrics();
  const supervisor = new Supervisor({ log, oneLog, metrics });
  const { adminHost, adminHosts, ports } = settings;
  const adminPort = options.port ?? ports.serve;
  const own = new Program({ log, adminHost, adminHosts, adminPort, onFatal: stop.now }, []);
  const { url } = await own.openAdmin(metrics.registry, { notReady: () => supervisor.notReady() });
  log.info({ admin: url, programs: chosen.map(({ name }) => name) }, 'serve.started');
  if (options.demo) tellDemoToken(settings);
  const env = { ESS_CONNECTORS: root };
  const begin = ({ name, args }: ServedProgram) =>
    supervisor.begin({ name, command: process.execPath, args: [ESS, ...args], env });
  const unfollow = beginWhenNeeded(chosen, root, begin, log);
  await stop.stopped;
  own.waits.add('the stop');
  log.info({}, 'serve.stopping');
  unfollow();
  const isWell = await supervisor.stop();
  await own.stop();
  log.info({ well: isWell }, 'serve.stopped');
  process.exit(isWell && isRead ? 0 : 1);
}

function tellDemoToken({ console: { access }, ports }: Settings): void {
  const token = makeDemoToken(access);
  if (token === undefined) return;
  const at = access.publicUrl ?? `http://127.0.0.1:${ports.console}`;
  tellLines(`
  The console  ${at}/sign-in
  Token        ${token}
  It may do everything and is shown only now; without ${access.tokens} the next start makes another.
`);
}

/** Begins each program now, or when a connector comes that gives it work. @returns ends the looking */
function beginWhenNeeded(
  programs: readonly ServedProgram[],
  root: string,
  begin: (program: ServedProgram) => unknown,
  log: Log,
): () => void {
  const idle = new Set(programs);
  const look = () => {
    let said: ReturnType<typeof whatConnectorsSay>;
    try {
      said = whatConnectorsSay(root);
    } catch {
      return; // the folder is being swapped
    }
    for (const program of [...idle]) {
      if (program.needs && !said.some(program.needs.isMetBy)) continue;
      idle.delete(program);
      begin(program);
    }
    if (idle.size === 0) clearInterval(looking);
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  look();
  for (const { name, needs } of idle) log.info({ served: name, waitsFor: needs?.told }, 'program.idle');
  return () => clearInterval(looking);
}

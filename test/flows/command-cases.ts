// One call of each command of `ess`, and what is right of it; commands.test.ts makes them.
import { join } from 'node:path';

export interface World {
  readonly partner: string;
  /** A folder to write into. */
  readonly folder: string;
  /** `topic:partition:offset` of a dead letter. */
  readonly position: string;
  readonly partnerUrl: string;
}

export interface Call {
  /** A call that works; with --json where the command has it. */
  readonly args: (world: World) => readonly string[];
  readonly code?: number;
  /** What stdout holds: one JSON value, JSON lines (at least so many), or text. */
  readonly output: 'json' | { readonly lines: number } | RegExp;
  /** It asks Kafka: the same call says within seconds that nobody is there. */
  readonly kafka?: true;
  /** It takes a partner: the same call with a misspelt one names the nearest. */
  readonly partner?: true;
  /** Wrong usage besides unknown options. */
  readonly usage?: (world: World) => readonly string[];
}

/** Runs until it is stopped, with 0; or by itself to its end. */
export interface Run {
  readonly args: (world: World) => readonly string[];
  /** What it writes when it is up. */
  readonly until: RegExp;
  readonly ends?: true;
  /** Too long for every run. */
  readonly onlyFull?: true;
}

/** Another test runs the process and stops it. */
export interface Elsewhere {
  readonly elsewhere: string;
}

export const CASES: Readonly<Record<string, Call | Run | Elsewhere>> = {
  up: { elsewhere: 'test/flows/stack.test.ts' },
  start: { elsewhere: 'test/flows/stack.test.ts' },
  demo: { args: () => ['demo', '--outage', '1s'], until: /Everything held/, ends: true, onlyFull: true },
  doctor: { args: () => ['doctor', '--json'], output: { lines: 8 }, usage: () => ['doctor', '--expiry-days', 'soon'] },
  'access apply': { elsewhere: 'test/integrity/on-a-secured-kafka.test.ts' },
  'access check': { args: () => ['access', 'check', '--json'], code: 1, output: { lines: 20 }, kafka: true },
  'access render': { args: () => ['access', 'render', '--strimzi', '--json'], output: { lines: 5 } },
  serve: { elsewhere: 'test/integrity/served-programs-are-kept-running.test.ts' },
  worker: { elsewhere: 'test/harness/programs/pipeline.ts' },
  inbound: { elsewhere: 'test/harness/programs/door-process.ts' },
  bridge: { elsewhere: 'test/harness/programs/stream-line.ts' },
  console: { elsewhere: 'test/harness/guarded-console.ts' },
  'console link': {
    args: () => ['console', 'link', '--revoke', 'iK3v9QhXw2Zr', '--json'],
    output: 'json',
    usage: () => ['console', 'link', '--revoke', 'iK3v9QhXw2Zr', '--revoke-all'],
  },
  observer: { elsewhere: 'test/integrity/lockstep-tells-what-partners-hold.test.ts' },
  lockstep: {
    args: ({ partner }) => ['lockstep', partner, '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['lockstep', '--watch', '0'],
  },
  rule: { args: () => ['rule', 'beds', '--json'], output: 'json', kafka: true, usage: () => ['rule'] },
  publish: {
    args: ({ folder }) => ['publish', join(folder, 'rule.json'), '--json'],
    output: { lines: 1 },
    kafka: true,
    usage: () => ['publish', 'absent.json'],
  },
  'k8s render': {
    args: ({ folder }) => ['k8s', 'render', '--out', join(folder, 'k8s'), '--json'],
    output: { lines: 10 },
    usage: ({ folder }) => ['k8s', 'render', '--out', join(folder, 'k8s'), '--set', 'hospital'],
  },
  'topics grow': {
    args: () => ['topics', 'grow', 'hospital.bedChange', '--partitions', '12', '--yes', '--json'],
    output: { lines: 1 },
    kafka: true,
    usage: () => ['topics', 'grow', 'hospital.bedChange', '--partitions', 'six'],
  },
  'topics apply': { args: () => ['topics', 'apply', '--json'], output: { lines: 5 }, kafka: true },
  'schemas apply': { args: () => ['schemas', 'apply', '--json'], output: 'json' },
  'schemas check': { args: () => ['schemas', 'check', '--json'], output: 'json' },
  config: { args: () => ['config', '--json'], output: 'json' },
  completion: {
    args: () => ['completion', 'bash'],
    output: /complete -o default -F _ess ess/,
    usage: () => ['completion', 'bsh'],
  },
  'keys new': { args: ({ partner }) => ['keys', 'new', partner, '--json'], output: 'json' },
  latency: {
    args: ({ partner }) => ['latency', partner, '--since', '1h', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['latency'],
  },
  capacity: {
    args: () => ['capacity', '--partners', '100', '--rules-per-second', '50', '--json'],
    output: 'json',
    usage: () => ['capacity', '--partners', 'many', '--rules-per-second', '50'],
  },
  logs: {
    args: () => ['logs', '--explain', 'partner.held', '--json'],
    output: 'json',
    usage: () => ['logs', '--explain', 'partner.holds'],
  },
  audit: {
    args: ({ partner }) => ['audit', '--partner', partner, '--since', '1h', '--json'],
    output: { lines: 1 },
    kafka: true,
    partner: true,
    usage: () => ['audit', '--outcome', 'deliverd'],
  },
  'connector check': {
    args: ({ partner }) => ['connector', 'check', partner, '--json'],
    output: 'json',
    partner: true,
  },
  'connector preview': {
    args: ({ partner, folder }) => [
      'connector',
      'preview',
      partner,
      '--mapping',
      join(folder, 'new-mapping.json'),
      '--json',
    ],
    output: 'json',
    kafka: true,
    partner: true,
    usage: ({ partner }) => ['connector', 'preview', partner, '--since', 'yesterday'],
  },
  'connector new': {
    args: ({ folder }) => [
      'connector',
      'new',
      'clinic',
      '--url',
      'https://clinic.example/',
      '--connectors',
      join(folder, 'own'),
      '--json',
    ],
    output: 'json',
    usage: ({ partner }) => ['connector', 'new', partner, '--url', 'https://clinic.example/'],
  },
  'connector schema': {
    args: ({ partner }) => ['connector', 'schema', partner, '--json'],
    output: 'json',
    partner: true,
    usage: ({ partner }) => ['connector', 'schema', partner, '--stream'],
  },
  'connector probe': {
    args: ({ partner, partnerUrl }) => ['connector', 'probe', partner, '--url', partnerUrl, '--json'],
    output: 'json',
    partner: true,
    usage: ({ partner }) => ['connector', 'probe', partner],
  },
  'dead-letters list': {
    args: ({ partner }) => ['dead-letters', 'list', '--partner', partner, '--json'],
    output: { lines: 1 },
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'list', '--state', 'parkd'],
  },
  'dead-letters show': {
    args: ({ position, partner }) => ['dead-letters', 'show', position, '--partner', partner, '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'show', '3:1042'],
  },
  'dead-letters redrive': {
    args: ({ partner }) => ['dead-letters', 'redrive', '--partner', partner, '--dry-run', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'redrive', '--yes'],
  },
  'dead-letters drop': {
    args: ({ partner }) => ['dead-letters', 'drop', '--partner', partner, '--reason', 'tombstone', '--yes', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: () => ['dead-letters', 'drop'],
  },
  'dead-letters cancel': {
    args: ({ partner }) => ['dead-letters', 'cancel', `redrive-of-${partner}`],
    code: 2,
    output: /^$/,
    kafka: true,
  },
  replay: {
    args: ({ partner }) => ['replay', partner, '--earliest', '--dry-run', '--json'],
    output: 'json',
    kafka: true,
    partner: true,
    usage: ({ partner }) => ['replay', partner, '--since', 'yesterday'],
  },
  status: { args: ({ partner }) => ['status', partner, '--json'], output: 'json', kafka: true, partner: true },
  lag: { args: ({ partner }) => ['lag', partner, '--json'], output: 'json', kafka: true, partner: true },
  pause: { args: ({ partner }) => ['pause', partner, '--json'], output: 'json', kafka: true, partner: true },
  resume: { args: ({ partner }) => ['resume', partner, '--json'], output: 'json', kafka: true, partner: true },
  tail: { args: () => ['tail', 'ess.audit', '--limit', '1'], output: { lines: 1 }, kafka: true },
  proposals: {
    args: () => ['proposals', '--json'],
    output: { lines: 0 },
    kafka: true,
  },
  'proposals withdraw': {
    args: () => ['proposals', 'withdraw', 'absent', '--json'],
    code: 2,
    output: /^$/,
    kafka: true,
  },
  approve: { args: () => ['approve', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
  'replay list': { args: () => ['replay', 'list', '--json'], output: { lines: 0 }, kafka: true },
  'replay show': { args: () => ['replay', 'show', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
  'replay cancel': { args: () => ['replay', 'cancel', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
  'replay undo': { args: () => ['replay', 'undo', 'absent', '--json'], code: 2, output: /^$/, kafka: true },
};

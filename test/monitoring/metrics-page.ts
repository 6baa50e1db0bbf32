// docs/metrics.md, made of what the programs export.

import type { KnownMetric } from '@ess/runtime/metrics/catalog.ts';
import { knownMetrics } from '@ess/runtime/metrics/catalog.ts';
import { HOLD_CAUSES } from '@ess/runtime/metrics/hold-cause.ts';
import { STAGES } from '@ess/runtime/metrics/stages.ts';

const HEAD = `# Metrics

Made by \`node test/monitoring/generate.ts\` from what the programs register. Do not edit.

Every program answers \`/metrics\` on its admin listener, in Prometheus' text format. Alerts and dashboards: [operations.md](operations.md#metrics-alerts-dashboards).
Times are in seconds, counters end in \`_total\`. What Node itself tells (\`process_…\`, \`nodejs_…\`) is there too.

- \`partner\` is the folder of a connector; \`public\` is the projector. A partner that leaves a worker leaves no series there.
- No label takes what a partner says. Of one partner at most 20 reasons of dead letters are told apart; the rest is \`other\`.
- A busy partner has fewer than 180 series in a worker, so 500 partners have fewer than 90,000.
`;

export function metricsPage(): string {
  return [HEAD, ...sections(), stages(), causes()].join('\n');
}

/** Those that one program exports, then those of several. */
function sections(): string[] {
  const byPrograms = Map.groupBy(knownMetrics(), ({ programs }) => programs.join(', '));
  const ordered = [...byPrograms].sort(([, [a]], [, [b]]) => (a?.programs.length ?? 0) - (b?.programs.length ?? 0));
  return ordered.map(([programs, metrics]) => `## ${programs}\n\n${table(metrics)}`);
}

function table(metrics: readonly KnownMetric[]): string {
  const rows = metrics.map(
    ({ name, type, labels, help }) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${help} |`,
  );
  return ['| metric | type | labels | what it is |', '|---|---|---|---|', ...rows, ''].join('\n');
}

const named = (words: Readonly<Record<string, string>>): string[] =>
  Object.entries(words).map(([word, what]) => `| \`${word}\` | ${what} |`);

function stages(): string {
  return [
    '## Stages\n',
    'Where the time of a delivered record went (`ess_stage_seconds`), in the order in which the stages are passed. Together they are the whole way',
    'from the publish until the audit row is acknowledged; up to `answer` they are `ess_delivery_latency_seconds`.\n',
    '| stage | what it is |',
    '|---|---|',
    ...named(STAGES),
    '',
  ].join('\n');
}

function causes(): string {
  return [
    '## Causes of a hold\n',
    'Why a partner is held (`ess_partner_held`). `ess status PARTNER` says it in full; what to do: [EssPartnerHeld](operations.md#esspartnerheld).\n',
    '| cause | what it is |',
    '|---|---|',
    ...named(HOLD_CAUSES),
    '',
  ].join('\n');
}

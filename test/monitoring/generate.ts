// Writes docs/metrics.md, docs/logs.md and the dashboards. With --check it only compares, and exits 1 when a file is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { logsPage } from '@ess/runtime/log/events/logs-page.ts';
import { dashboardJson } from './dashboard-json.ts';
import { DASHBOARDS } from './dashboards.ts';
import { metricsPage } from './metrics-page.ts';

/** File, from the root of the repository → its whole text. */
const TARGETS: Readonly<Record<string, () => string>> = {
  'docs/metrics.md': metricsPage,
  'docs/logs.md': logsPage,
  ...Object.fromEntries(
    DASHBOARDS.map((dashboard) => [`infra/grafana/${dashboard.name}.json`, () => dashboardJson(dashboard)]),
  ),
};

const isCheck = process.argv.includes('--check');
for (const [file, textOf] of Object.entries(TARGETS)) {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const wanted = textOf();
  if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue;
  if (isCheck) {
    console.error(`${file} is stale: run node test/monitoring/generate.ts and commit it`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, wanted);
    console.error(`wrote ${file}`);
  }
}

// alerts.yaml as data, for those who check it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ALERTS_FILE = fileURLToPath(new URL('../../infra/prometheus/alerts.yaml', import.meta.url));

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly keep_firing_for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface RuleFile {
  readonly groups: ReadonlyArray<{ readonly name: string; readonly rules: ReadonlyArray<AlertRule | RecordingRule> }>;
}

const rules = (): ReadonlyArray<AlertRule | RecordingRule> =>
  (parse(readFileSync(ALERTS_FILE, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules);

export const alertRules = (): AlertRule[] => rules().filter((rule) => 'alert' in rule);

export const recordingRules = (): RecordingRule[] => rules().filter((rule) => 'record' in rule);

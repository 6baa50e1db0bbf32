// The log of whoever has read the settings, be it a command or a program: their secrets never pass it.
import type { Log, LogOptions } from '../log/log.ts';
import { createLog, Redactor } from '../log/log.ts';
import type { Settings } from './settings.ts';

export interface SettingsLog {
  readonly log: Log;
  /** For secrets that are learned later: those of connectors. */
  readonly redactor: Redactor;
}

export function settingsLog(
  program: string,
  settings: Pick<Settings, 'secrets' | 'logLevel'>,
  options: Omit<LogOptions, 'redactor'> = {},
): SettingsLog {
  const redactor = new Redactor();
  redactor.add(settings.secrets);
  return { redactor, log: createLog(program, { level: settings.logLevel, ...options, redactor }) };
}

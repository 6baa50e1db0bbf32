// One short line per log entry, for people at a terminal: `12:00:01 hospital → POST /api/v1/reserveBeds 200 4 ms`.

import { printable, printableLines } from '@ess/domain/text/printable.ts';

const HIDDEN = new Set(['level', 'time', 'program', 'msg', 'partner']);

export function pretty(json: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return printableLines(json);
  }
  const time = String(entry['time'] ?? '').slice(11, 19);
  const who = String(entry['partner'] ?? entry['program'] ?? '');
  const level = entry['level'] === 'info' ? '' : `${String(entry['level']).toUpperCase()} `;
  const line = `${time} ${who} ${level}${entry['msg'] === 'delivery.attempted' ? attempt(entry) : plain(entry)}`;
  return `${printable(line)}\n`;
}

function attempt(entry: Record<string, unknown>): string {
  const answer = entry['status'] ?? entry['reason'] ?? '';
  const rule = entry['ruleId'] == null ? '' : `  ${entry['ruleId']} v${entry['version']}`;
  const again = entry['outcome'] === 'delivered' ? '' : `  ${entry['outcome']} (attempt ${entry['attempt']})`;
  return `→ ${entry['method'] ?? 'POST'} ${entry['path']} ${answer} ${Math.round(Number(entry['tookMs'] ?? 0))} ms${rule}${again}`;
}

function plain(entry: Record<string, unknown>): string {
  const rest = Object.entries(entry)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [entry['msg'], ...rest].join('  ');
}

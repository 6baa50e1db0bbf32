// One short line per log entry, for people at a terminal: `12:00:01 hospital → POST /api/v1/reserveBeds 200 4 ms`.

const HIDDEN = new Set(['level', 'time', 'program', 'msg', 'partner']);

/** Control characters: a publisher's text must neither break the line nor steer the terminal. */
const CONTROL = /\p{Cc}/gu;

export function pretty(json: string): string {
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return json;
  }
  const time = String(entry['time'] ?? '').slice(11, 19);
  const who = String(entry['partner'] ?? entry['program'] ?? '');
  const level = entry['level'] === 'info' ? '' : `${String(entry['level']).toUpperCase()} `;
  const line = `${time} ${who} ${level}${entry['msg'] === 'delivery.attempted' ? attempt(entry) : plain(entry)}`;
  return `${line.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

function attempt(entry: Record<string, unknown>): string {
  const answer = entry['status'] ?? entry['reason'] ?? '';
  const rule = entry['ruleId'] == null ? '' : `  ${entry['ruleId']} v${entry['version']}`;
  const again = entry['outcome'] === 'delivered' ? '' : `  ${entry['outcome']} (attempt ${entry['attempt']})`;
  return `→ POST ${entry['path']} ${answer} ${Math.round(Number(entry['tookMs'] ?? 0))} ms${rule}${again}`;
}

function plain(entry: Record<string, unknown>): string {
  const rest = Object.entries(entry)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [entry['msg'], ...rest].join('  ');
}

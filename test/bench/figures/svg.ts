// Line charts, one above the other over the same time, with the phases of an experiment behind them.

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** Seconds and value. */
  readonly points: ReadonlyArray<readonly [seconds: number, value: number]>;
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const WIDTH = 960;
const LEFT = 56;
const TOP = 40;
const PANEL = 150;
const GAP = 46;

export function drawPanels(
  panels: readonly Panel[],
  phases: ReadonlyArray<{ readonly label: string; readonly seconds: number }>,
): string {
  const total = phases.reduce((sum, { seconds }) => sum + seconds, 0);
  const x = (seconds: number) => LEFT + (seconds / total) * (WIDTH - LEFT - 16);
  const height = TOP + panels.length * (PANEL + GAP);
  const parts: string[] = [];
  let from = 0;
  for (const [index, { label, seconds }] of phases.entries()) {
    const width = x(from + seconds) - x(from);
    if (index % 2 === 1)
      parts.push(`<rect x="${n(x(from))}" y="24" width="${n(width)}" height="${height - 48}" fill="#f3f4f6"/>`);
    parts.push(text(x(from) + 4, 18, label.length * 5.4 > width ? `${label.slice(0, width / 5.4 - 1)}…` : label, 10));
    from += seconds;
  }
  for (const [index, panel] of panels.entries()) parts.push(...drawPanel(panel, TOP + index * (PANEL + GAP), x, total));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function drawPanel(panel: Panel, top: number, x: (seconds: number) => number, total: number): string[] {
  const highest = niceAbove(Math.max(1, ...panel.lines.flatMap(({ points }) => points.map(([, value]) => value))));
  const bottom = top + PANEL;
  const y = (value: number) => bottom - (value / highest) * (PANEL - 20);
  const parts = [text(LEFT, top + 8, panel.title, 12)];
  for (const share of [0, 0.5, 1]) {
    const at = y(highest * share);
    parts.push(`<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${n(at)}" y2="${n(at)}" stroke="#d1d5db"/>`);
    parts.push(text(LEFT - 6, at + 4, String(highest * share), 10, 'end'));
  }
  for (let second = 0; second <= total; second += 10) parts.push(text(x(second), bottom + 14, `${second} s`, 10));
  for (const [index, { name, colour, points }] of panel.lines.entries()) {
    const path = points.map(([seconds, value]) => `${n(x(seconds))},${n(y(value))}`).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`);
    if (panel.lines.length > 1)
      parts.push(text(WIDTH - 20, top + 8 + index * 12, name, 10, 'end').replace('<text', `<text fill="${colour}"`));
  }
  return parts;
}

/** 1, 2 or 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (([1, 2, 5].find((step) => step * power >= value) ?? 10) as number) * power;
}

const n = (value: number): string => String(Math.round(value * 10) / 10);

function text(x: number, y: number, words: string, size: number, anchor = 'start'): string {
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" text-anchor="${anchor}">${words}</text>`;
}

// What axe finds wrong with a page as it stands.
import type { Result } from 'axe-core';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Of rules that hold nothing is told: it would be megabytes a page. */
const RUN = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)";

export async function faultsForEverybody(page: Page): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const violations = (await page.evaluate(RUN)) as Result[];
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

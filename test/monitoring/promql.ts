// What an expression of PromQL asks for: the metrics, with the labels that it expects of them.
import { parser } from '@prometheus-io/lezer-promql';

export interface Asked {
  readonly metrics: readonly string[];
  /** In matchers, and in what it groups or matches by. */
  readonly labels: readonly string[];
}

/** @throws when it is no PromQL; what stands in for a value in Grafana (`$partner`, `$__rate_interval`) may be there */
export function askedBy(expr: string): Asked {
  const plain = expr.replaceAll('$__rate_interval', '5m');
  const metrics = new Set<string>();
  const labels = new Set<string>();
  parser.parse(plain).iterate({
    enter({ type, name, from, to, node }) {
      const text = plain.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at character ${from}: ${expr}`);
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.add(text);
      if (name === 'LabelName') labels.add(text);
    },
  });
  return { metrics: [...metrics], labels: [...labels] };
}

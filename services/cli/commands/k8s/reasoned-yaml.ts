// YAML in which a field that matters has the reason for its value before it, as a comment.
import type { Node } from 'yaml';
import { Document, isScalar, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

const COMMENT_COLUMNS = 118;

class Reasoned {
  readonly reason: string;
  readonly value: unknown;
  constructor(reason: string, value: unknown) {
    this.reason = reason;
    this.value = value;
  }
}

/** The value, and before it in the YAML why it is so. */
export const because = <T>(reason: string, value: T): T => new Reasoned(reason, value) as T;

/** @param head comment at the top of the file, a line each */
export function reasonedYaml(head: readonly string[], resources: readonly object[]): string {
  const top = head.map((line) => `# ${line}\n`).join('');
  return `${top}${resources.map(textOf).join('---\n')}`;
}

/**
 * Folded lines would break what must stay one line; quotes only where YAML needs them. What Kubernetes reads with is of
 * YAML 1.1, which takes `no` and `1_000` for something else than text.
 */
function textOf(resource: object): string {
  const document = new Document(undefined, { compat: 'yaml-1.1' });
  document.contents = nodeOf(resource) as Node;
  return document.toString({ lineWidth: 0, blockQuote: 'literal', flowCollectionPadding: false });
}

function nodeOf(value: unknown, depth = 0): Node {
  if (value instanceof Reasoned) {
    const node = nodeOf(value.value, depth);
    node.commentBefore = commentOf(value.reason, depth);
    return node;
  }
  if (Array.isArray(value)) return sequenceOf(value, depth);
  if (typeof value === 'object' && value !== null) return mapOf(value, depth);
  const scalar = new Scalar(value);
  // Kubernetes and Python refuse `[::1/128]`.
  if (typeof value === 'string' && value.startsWith(':')) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

function sequenceOf(values: readonly unknown[], depth: number): Node {
  const sequence = new YAMLSeq();
  sequence.items = values.map((value) => nodeOf(value, depth + 1));
  // Words on one line, things on lines of their own.
  sequence.flow = sequence.items.every((item) => isScalar(item) && item.commentBefore === undefined);
  return sequence;
}

function mapOf(fields: object, depth: number): Node {
  const map = new YAMLMap();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const key = new Scalar(name);
    if (value instanceof Reasoned) key.commentBefore = commentOf(value.reason, depth);
    map.items.push(new Pair(key, nodeOf(value instanceof Reasoned ? value.value : value, depth + 1)));
  }
  map.flow = map.items.length === 0;
  return map;
}

function commentOf(reason: string, depth: number): string {
  const lines = [''];
  for (const word of reason.split(' ')) {
    const last = lines.length - 1;
    if (`${lines[last]} ${word}`.length + 2 * depth > COMMENT_COLUMNS) lines.push(` ${word}`);
    else lines[last] += ` ${word}`;
  }
  return lines.join('\n');
}

// `deliver.ack`, `ackWhen` and `batch.answer`: what an answer says beyond its status. Their paths are checked here and read in the worker.
import type { Mapping } from '../mapping/mapping.ts';
import { didYouMean } from '../text/nearest.ts';
import { parsePath, showPath } from '../text/paths.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { Ack, AckWhen, BatchAnswer } from './connector.ts';

/** @returns nothing to spread when the connector says nothing */
export function compileAck(raw: Partial<Ack> | undefined, at: FieldPath, findings: Findings): { readonly ack?: Ack } {
  if (!raw) return {};
  const { status, header, body } = raw;
  // What has the wrong shape was told and taken out: then there is more to say than this.
  if (!status && !header && !body && findings.problems.length === 0)
    findings.add(at, 'says nothing of the answer', 'add status, header or body: what an ack has to have');
  return { ack: { ...(status && { status }), ...conditions(raw, at, findings), else: raw.else ?? 'refuse' } };
}

/** @returns nothing to spread when the connector says nothing */
export function compileAckWhen(
  raw: AckWhen | undefined,
  at: FieldPath,
  findings: Findings,
): { readonly ackWhen?: AckWhen } {
  return raw ? { ackWhen: conditions(raw, at, findings) } : {};
}

function conditions({ header, body }: AckWhen, at: FieldPath, findings: Findings): AckWhen {
  for (const path of Object.keys(body ?? {})) checkPath(path, [...at, 'body', path], findings);
  const lowerCased = Object.entries(header ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    ...(header && { header: Object.fromEntries(lowerCased) as Record<string, string> }),
    ...(body && { body }),
  };
}

/** @returns nothing to spread when the connector says nothing */
export function compileBatchAnswer(
  raw: Partial<BatchAnswer> | undefined,
  at: FieldPath,
  findings: Findings,
): { readonly answer?: BatchAnswer } {
  if (raw?.status === undefined) return {};
  for (const [name, path] of Object.entries(raw)) checkPath(path, [...at, name], findings);
  if (raw.idOf !== undefined && raw.id === undefined)
    findings.add(
      [...at, 'idOf'],
      'there is no id to compare it with',
      'add id: where an item of the answer repeats it',
    );
  return { answer: { ...raw, status: raw.status } };
}

/** What the partner repeats has to be in what it was sent. */
export function checkIdOf(
  answer: BatchAnswer | undefined,
  mapping: Pick<Mapping, 'targets'> | undefined,
  file: string,
  findings: Findings,
): void {
  const { idOf } = answer ?? {};
  if (idOf === undefined || mapping === undefined) return;
  const sent = mapping.targets.map(showPath);
  const parsed = parsePath(idOf);
  if ('problem' in parsed || sent.includes(showPath(parsed.path))) return;
  findings.add(['deliver', 'batch', 'answer', 'idOf'], `${file} sends no "${idOf}"`, didYouMean(idOf, sent));
}

function checkPath(path: string, at: FieldPath, findings: Findings): void {
  const parsed = parsePath(path);
  if ('problem' in parsed) findings.add(at, parsed.problem, parsed.remedy);
}

// What happens to a record on its way to the partner: the mapping, then the partner's contract on the body as it will be sent.
import type { Contract } from '../contract/contract.ts';
import type { Mapping, MapResult } from '../mapping/mapping.ts';
import { withSecrets } from '../text/with-secrets.ts';

/**
 * @param authBody credentials that the worker adds to the body: a published contract usually asks for them, so they are in
 *   the copy that is checked, never in the document that is returned
 * @param unfit why the record is nothing for the partner, though its scope may say so: it is a mapping error
 */
export function boundMap(
  mapping: Mapping,
  contract: Contract | undefined,
  authBody: Readonly<Record<string, string>> | undefined,
  unfit?: (record: object) => string | undefined,
): (record: object) => MapResult {
  const judge = (record: object): MapResult => {
    const reason = unfit?.(record);
    if (reason !== undefined) return { ok: false, reason: `mapping: ${reason}` };
    const mapped = mapping.forward(record);
    if (!mapped.ok) return { ok: false, reason: `mapping: ${mapped.reason}` };
    if (contract === undefined) return mapped;
    const violation = contract(withSecrets(mapped.document, authBody), mapping.holdsDigits);
    return violation === undefined ? mapped : { ok: false, reason: `contract: ${violation}` };
  };
  return (record) => {
    try {
      return judge(record);
    } catch (error) {
      // Neither should throw. If one does, it is this record's end, not the worker's.
      return { ok: false, reason: `mapping: cannot be judged: ${String(error)}` };
    }
  };
}

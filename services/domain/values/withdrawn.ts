/**
 * Whether a record says that its rule is no longer in force. Only records of rules say so, which are those that go by their
 * `ruleId`: in another topic `status: withdrawn` may mean anything.
 * @param keyField the field of the source that its records go by
 */
export function isWithdrawn(keyField: string | undefined, record: object): boolean {
  return keyField === 'ruleId' && 'status' in record && record.status === 'withdrawn';
}

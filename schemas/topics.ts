// The names of the topics that ESS itself writes and reads. A partner's source may be any topic.

/** Published rules, in Avro, by rule. */
export const RULES_TOPIC = 'rules';
/** The newest version of each rule that is in force (compacted). */
export const LATEST_TOPIC = 'rules.latest';
/** What the bridge shows of a rule. */
export const PUBLIC_TOPIC = 'public.rules';
/** A row for every attempt to settle a record. */
export const AUDIT_TOPIC = 'ess.audit';
/** The newest version of each rule that each partner acknowledged (compacted). */
export const STATE_TOPIC = 'ess.delivery-state';
/** Records that can never succeed, whole. */
export const DEAD_LETTER_TOPIC = 'ess.dead-letters';
/** What has become of them (compacted). */
export const DEAD_LETTER_STATE_TOPIC = 'ess.dead-letter-state';
/** What the clients of partners that stream have said that they have (compacted). */
export const STREAM_STATE_TOPIC = 'ess.stream-state';
/** Commands of operators, and how far they are. */
export const CONTROL_TOPIC = 'ess.control';

/** Subject of the registry that the schema of a topic's values has by default (Confluent's TopicNameStrategy). */
export const valueSubject = (topic: string): string => `${topic}-value`;

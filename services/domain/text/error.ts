// The one error class of the project. The code says what failed and, through the table, whether trying again can help.

const RETRIABLE = {
  /** Wrong arguments or a wrong file given by the user: the message names it and the remedy. */
  ESS_USAGE: false,
  /** A setting, environment variable or connector is invalid. */
  ESS_CONFIG: false,
  /** The bytes of a record cannot be read as what the topic promises. */
  ESS_DECODE: false,
  /** A value does not fit its Avro schema. */
  ESS_ENCODE: false,
  /** The registry cannot be asked, so nothing is known about the record. */
  ESS_REGISTRY: true,
  /** Kafka did not answer or did not acknowledge. */
  ESS_BROKER: true,
  /** One partner's source topic is not there, or Kafka does not let it be read. */
  ESS_SOURCE: true,
  /** Kafka refuses this record for its own sake, whoever sends it and however often: too large, a time that the topic does not take. */
  ESS_RECORD: false,
  /** Something else is under way that this would collide with. */
  ESS_CONFLICT: false,
  /** A process of the local stack did not start or died. */
  ESS_STACK: false,
} as const;

export type EssErrorCode = keyof typeof RETRIABLE;

/** @property retriable whether the same call can succeed later without a change by a person. */
export class EssError extends Error {
  readonly code: EssErrorCode;
  constructor(code: EssErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EssError';
    this.code = code;
  }
  get retriable(): boolean {
    return RETRIABLE[this.code];
  }
}

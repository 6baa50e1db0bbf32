// Why a partner is held, as one of a few words: a metric has no room for what reasons say in full (`ess status` has).

/** What each means, in the order of the table below. */
export const HOLD_CAUSES = {
  certificateExpired: 'a certificate has expired, theirs or the one that we show',
  tls: 'there is no TLS for another reason: an authority, a name, a version, a client certificate',
  credentials: 'it refuses who we are (401, 403, 407), or the token endpoint gives no token',
  records: 'it refused too many records in a row: the mapping or the contract is wrong',
  timeout: 'it does not answer in time',
  server: 'it is in trouble, or has too much to do (5xx, 408, 425, 429)',
  request: 'it does not take what is sent so: the url, the method, the type (another 3xx or 4xx)',
  unreachable: 'no connection comes about, or it is broken off',
  answer: 'its answer is none that can be understood, or says by `deliver.ack` that it is no ack',
} as const;
export type HoldCause = keyof typeof HOLD_CAUSES;

/** The first that fits counts. */
const CAUSES: ReadonlyArray<readonly [HoldCause, RegExp]> = [
  ['certificateExpired', /\bCERT_HAS_EXPIRED\b|ALERT_CERTIFICATE_EXPIRED\b/],
  ['tls', /\b(CERT_[A-Z]|ERR_(TLS|SSL)_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(CA|PURPOSE)\b)/],
  ['credentials', /^(status-40[137]\b|token endpoint )/],
  ['records', /^too many records refused in a row/],
  ['timeout', /^[A-Z_]*TIMED?_?OUT\b/],
  ['server', /^status-(5\d\d|408|425|429)\b/],
  ['request', /^status-[34]\d\d\b/],
  ['unreachable', /^[A-Z][A-Z0-9_]+(:|$)/],
];

/** @param reason of a hold, as `Breaker` has it */
export const holdCause = (reason: string): HoldCause => CAUSES.find(([, fits]) => fits.test(reason))?.[0] ?? 'answer';

// Why no connection came about, in words that a person can act on: the code that Node or OpenSSL gives, and behind it what it means and
// what helps. Nothing that the other side said is in it.

const OWN_AUTHORITY = 'put its authority into deliver.tls.ca, if it is one of your own';
const CLIENT = 'does it want deliver.tls.cert and key?';

/** By the end of the code: Node's own names, and those of OpenSSL's reasons and alerts. */
const REMEDIES: ReadonlyArray<readonly [code: RegExp, remedy: string]> = [
  [/^CERT_HAS_EXPIRED$/, 'the certificate has expired: the other side has to renew it'],
  [/^CERT_NOT_YET_VALID$/, 'the certificate is not valid yet: is the clock right, here and there?'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'the certificate is for other names than the host of the url: mend the url, or set deliver.tls.servername',
  ],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    'the certificate is self-signed: put it into deliver.tls.ca, if it is the right one',
  ],
  [/^SELF_SIGNED_CERT_IN_CHAIN$/, `its authority is not known here: ${OWN_AUTHORITY}`],
  [
    /^UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)$/,
    `its authority is not known here, or it leaves out the certificates between: ${OWN_AUTHORITY}`,
  ],
  [
    /^CERT_SIGNATURE_FAILURE$/,
    'the certificate is not of the authority that it names: is deliver.tls.ca an older one?',
  ],
  [
    /^(INVALID_(CA|PURPOSE)|CERT_(REJECTED|UNTRUSTED))$/,
    'the certificate may not be used for this: the other side needs another one',
  ],
  [/^CERT_REVOKED$/, 'the certificate was withdrawn: the other side needs another one'],
  [/ALERT_CERTIFICATE_REQUIRED$/, 'it wants a client certificate: set deliver.tls.cert and key'],
  [/ALERT_CERTIFICATE_EXPIRED$/, 'our client certificate has expired: renew what deliver.tls.cert names'],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)$/,
    `it does not take our client certificate: ${CLIENT}`,
  ],
  [/ALERT_UNKNOWN_CA$/, 'it does not know the authority of our client certificate: is deliver.tls.cert the right one?'],
  [
    /(UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|WRONG_SSL_VERSION|VERSION_TOO_LOW)$/,
    'it speaks no version of TLS that is allowed here (1.2 and 1.3, or deliver.tls.minVersion and newer)',
  ],
  [/ALERT_HANDSHAKE_FAILURE$/, `there is no common ground for TLS: ${CLIENT} Else its ciphers are too old`],
  [/ALERT_UNRECOGNIZED_NAME$/, 'it does not know the name that it was asked for: set deliver.tls.servername'],
  [
    /(WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG)$/,
    'it speaks no TLS at this port: is it http, or another port?',
  ],
  [
    /(DH_KEY_TOO_SMALL|EE_KEY_TOO_SMALL|CA_MD_TOO_WEAK|CA_KEY_TOO_SMALL)$/,
    'its keys are too weak: the other side has to renew them',
  ],
];

/** `CERT_HAS_EXPIRED: the certificate has expired: …`; a code that needs no explanation, as it is. */
export function withRemedy(code: string): string {
  const remedy = REMEDIES.find(([codes]) => codes.test(code))?.[1];
  return remedy === undefined ? code : `${code}: ${remedy}`;
}

/** The code of an error, or of the nearest cause that has one. */
export function codeOf(error: unknown): string {
  for (let cause = error as { code?: unknown; cause?: unknown } | undefined; cause; cause = cause.cause as typeof cause)
    if (typeof cause.code === 'string') return cause.code;
  return error instanceof Error ? error.name : 'UNKNOWN';
}

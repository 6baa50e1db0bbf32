// Credentials in a URL: shown to nobody, found for the redactor, and taken out where a client wants them in a header.

const MASK = '***';
/** Words that name a secret in a query, in the spelling of whoever made the service. */
const SECRET_NAME = /key|token|secret|pass|pwd|sig|auth|cred|code|jwt|session|sas/i;
/** A shorter value of a parameter that is not called a secret is more likely a word, and words must stay readable in logs. */
const RANDOM_MIN_CHARS = 20;
/** A shorter user name beside a password is a name, and may be a word of any log line. */
const USER_MIN_CHARS = 16;

/** The URL without user, password, fragment and values of its query; a text that is no URL is shown only if it hides none. */
export function maskedUrl(text: string): string {
  const url = text.includes('://') ? URL.parse(text) : null;
  if (url === null) return /[@?#]/.test(text) ? MASK : text;
  if (url.username === '' && url.password === '' && url.search === '' && url.hash === '' && !url.pathname.includes(';'))
    return text;
  const user = url.username !== '' || url.password !== '' ? `${MASK}@` : '';
  return `${url.protocol}//${user}${url.host}${maskedPath(url)}`;
}

/** Path and query, with the values of the query masked. */
export function maskedPath({ pathname, search }: URL): string {
  // A parameter without a value is a value itself, and so is what some servers put behind a semicolon or into brackets.
  const path = pathname.replace(/;[^/]*/g, `;${MASK}`);
  const shown = pairsOf(search).map((pair) =>
    isNamed(pair) ? `${encodeURIComponent(decoded(pair[0]))}=${MASK}` : MASK,
  );
  return shown.length === 0 ? path : `${path}?${shown.join('&')}`;
}

/** Undefined: the parameter has no value. */
type Pair = readonly [name: string, value: string | undefined];

/** What stands before the value is a name, and not a value itself. */
const isNamed = ([name, value]: Pair): boolean => value !== undefined && /^[\w.~%-]+$/.test(name);

function pairsOf(search: string): Pair[] {
  const pairs = search.slice(1).split('&').filter(Boolean);
  return pairs.map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
  });
}

/** The parts of a URL that must never be shown, in the spellings that they may turn up in. */
export function urlSecrets(text: string): string[] {
  const url = text.includes('://') ? URL.parse(text) : null;
  // Written wrongly, it is refused, and its password is a password all the same.
  if (url === null)
    return (
      /^(?:[a-z]+:\/*)?([^@]*)@/
        .exec(text)
        ?.slice(1)
        .flatMap((user) => user.split(':')) ?? []
    );
  const { username, password } = url;
  const found = [url.hash.slice(1)];
  if (password !== '') found.push(password);
  if (username !== '' && (password === '' || username.length >= USER_MIN_CHARS)) found.push(username);
  if (username !== '' || password !== '') found.push(basic(url));
  for (const pair of pairsOf(url.search)) {
    const [name, value] = pair;
    if (!isNamed(pair) && name.length >= USER_MIN_CHARS) found.push(name);
    if (value !== undefined && (SECRET_NAME.test(decoded(name)) || value.length >= RANDOM_MIN_CHARS)) found.push(value);
  }
  for (const [, parameter = ''] of url.pathname.matchAll(/;(?:[^/=;]*=)?([^/;]+)/g))
    if (parameter.length >= USER_MIN_CHARS) found.push(parameter);
  return [...new Set(found.flatMap((one) => [one, decoded(one), decoded(one.replaceAll('+', ' '))]))].filter(Boolean);
}

/** The URL as a client takes it, and its user and password as the value of `authorization` (RFC 7617). */
export function withoutCredentials(text: string): { readonly url: string; readonly authorization?: string } {
  const url = URL.parse(text);
  if (url === null || (url.username === '' && url.password === '')) return { url: text };
  const authorization = `Basic ${basic(url)}`;
  url.username = '';
  url.password = '';
  return { url: url.href, authorization };
}

const basic = ({ username, password }: URL): string =>
  Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone % is one
  }
}

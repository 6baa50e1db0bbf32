// Where somebody goes on after signing in: to a page of this console, wherever an address that was sent to them points.

const HERE = 'http://console.invalid';

/** A path of this console; anything else is its first page. */
export function returnPath(text: unknown): string {
  const url = typeof text === 'string' && text.startsWith('/') ? URL.parse(text, HERE) : null;
  if (url?.origin !== HERE || url.username !== '') return '/';
  const path = url.pathname + url.search + url.hash;
  return path.startsWith('//') ? '/' : path;
}

// The page at which people sign in: made here, without a script, so that it is there when nothing else is.
import { readFileSync } from 'node:fs';

export const STYLE = readFileSync(new URL('sign-in.css', import.meta.url), 'utf8');
export const LINK_SCRIPT = readFileSync(new URL('link.js', import.meta.url), 'utf8');

/** It sends its own form to its own console, and nothing else. */
export const POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** It carries what is behind the # of its address to the console. */
export const LINK_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

export interface SignInWays {
  readonly token: boolean;
  readonly oidc: boolean;
  readonly returnTo: string;
  /** What went wrong; absent: nothing has. */
  readonly trouble?: string;
}

export function signInPage({ token, oidc, returnTo, trouble }: SignInWays): string {
  const at = escaped(returnTo);
  return page(
    'Sign in',
    `<h1>Sign in</h1>
${trouble === undefined ? '' : `<p role="alert">${escaped(trouble)}</p>\n`}${
  oidc
    ? `<p><a class="button" href="/sign-in/oidc?returnTo=${encodeURIComponent(returnTo)}">Sign in with your organisation</a></p>\n`
    : ''
}${
  token
    ? `<form method="post" action="/sign-in/token">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" required>
<input type="hidden" name="returnTo" value="${at}">
<button type="submit">Sign in with the token</button>
</form>`
    : ''
}`,
  );
}

/** @param name who is signed in: whoever has sent them here must not make them act as a link's holder unasked */
export const linkPage = (name?: string): string =>
  page(
    'A link',
    `<h1>A link to this console</h1>
${
  name === undefined
    ? '<p id="said" role="status">Opening…</p>'
    : `<p id="said" role="status">You are signed in as ${escaped(name)}. Opening the link ends that in this browser.</p>
<p><button id="open" type="button">Open the link</button></p>`
}
<noscript>The console needs JavaScript.</noscript>\n<script type="module" src="/sign-in/link.js"></script>`,
  );

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ESS: ${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/sign-in/sign-in.css">
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;

const CHARACTERS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => CHARACTERS[char] ?? '');

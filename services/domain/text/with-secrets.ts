// A partner's credentials in a copy of its document: what is sent, and what its contract is checked on.

/** @param secrets dotted path → value. Only the objects on the way to a secret are copied; the document stays as it is. */
export function withSecrets(
  document: Record<string, unknown>,
  secrets: Readonly<Record<string, string>> | undefined,
): Record<string, unknown> {
  if (!secrets) return document;
  const body = { ...document };
  for (const [path, secret] of Object.entries(secrets)) {
    const steps = path.split('.');
    const last = steps.pop() as string;
    let holder = body;
    for (const step of steps) {
      const copy = { ...(holder[step] as Record<string, unknown> | undefined) };
      holder[step] = copy;
      holder = copy;
    }
    holder[last] = secret;
  }
  return body;
}

/**
 * The same as JSON.
 * @param json the document's: what is new is added at its end, and the rest is not written anew
 */
export function jsonWithSecrets(
  json: string,
  document: Record<string, unknown>,
  secrets: Readonly<Record<string, string>> | undefined,
): string {
  const paths = Object.keys(secrets ?? {});
  if (paths.length === 0) return json;
  const isNew = (path: string) => !path.includes('.') && !(path in document);
  if (json === '{}' || !paths.every(isNew)) return JSON.stringify(withSecrets(document, secrets));
  return `${json.slice(0, -1)},${JSON.stringify(secrets).slice(1)}`;
}

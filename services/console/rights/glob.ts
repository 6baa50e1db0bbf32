// Names of partners with stars in them: `*`, `county-*`. Found by searching text and by no pattern, so that no name takes long.

export type Glob = (name: string) => boolean;

export function compileGlob(text: string): Glob {
  const [head = '', ...rest] = text.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (name) => name === text;
  return (name) => {
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
    const end = name.length - tail.length;
    let at = head.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

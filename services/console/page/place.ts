// Which page is shown: the part of the address behind #, so that each can be linked, and "back" works.
import { signal } from '@preact/signals';

export interface Place {
  readonly page: string;
  readonly words: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal(read());
addEventListener('hashchange', () => {
  place.value = read();
});

/** @param words what comes behind the page's name, as it is */
export function linkTo(page: string, words: readonly string[] = [], query: Record<string, string> = {}): string {
  const path = [page, ...words].map(encodeURIComponent).join('/');
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
  return `#/${path}${asked.size > 0 ? `?${asked}` : ''}`;
}

export function goTo(link: string): void {
  location.hash = link;
}

function read(): Place {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const [page = '', ...words] = path.split('/').map(decoded);
  return { page, words, query: new URLSearchParams(query) };
}

/** An address that somebody has typed may be no encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

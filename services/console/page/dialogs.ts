// Which dialog is open, and the keys that open one from everywhere.
import { signal } from '@preact/signals';

export type DialogName = 'palette' | 'shortcuts';

/** Undefined: none. */
export const dialog = signal<DialogName | undefined>(undefined);

const WRITES = new Set(['INPUT', 'SELECT', 'TEXTAREA']);

/** Listens until the page is closed. */
export function followKeys(): void {
  addEventListener('keydown', (event) => {
    const asked = dialogFor(event);
    // Two dialogs at once would hide each other.
    if (asked === undefined || (dialog.value !== undefined && dialog.value !== asked)) return;
    event.preventDefault();
    dialog.value = asked;
  });
}

function dialogFor({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): DialogName | undefined {
  if (key.toLowerCase() === 'k' && (ctrlKey || metaKey) && !altKey) return 'palette';
  // What somebody writes is no shortcut.
  if (ctrlKey || metaKey || altKey || (target instanceof Element && WRITES.has(target.tagName))) return undefined;
  if (key === '/') return 'palette';
  return key === '?' ? 'shortcuts' : undefined;
}

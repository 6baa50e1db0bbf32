// Why there is nothing to show, or nothing newer.

export function Failed({ why }: { readonly why: string }) {
  return (
    <p class="empty old" role="alert">
      {why}
    </p>
  );
}

/** Beside what was there before. */
export function Stale({ why }: { readonly why: string }) {
  if (why === '') return null;
  return (
    <p class="old" role="alert">
      Nothing newer came: {why}
    </p>
  );
}

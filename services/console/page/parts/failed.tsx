// Why there is nothing to show.

export function Failed({ why }: { readonly why: string }) {
  return (
    <p class="empty old" role="alert">
      {why}
    </p>
  );
}

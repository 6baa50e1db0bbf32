// Who is signed in, and how one leaves. On this machine, where nobody signs in, there is nothing to say.
import { useState } from 'preact/hooks';
import { me, signOut } from '../me.ts';

export function Who() {
  const [why, setWhy] = useState('');
  const who = me.value;
  if (!who || who.via === 'this machine') return null;
  const leave = (everywhere: boolean) => () =>
    signOut(everywhere).catch(() => setWhy('The console does not answer: you are still signed in.'));
  return (
    <details class="who">
      <summary>{who.name}</summary>
      <p>
        <button type="button" onClick={leave(false)}>
          Sign out
        </button>
        <button type="button" onClick={leave(true)}>
          Sign out everywhere
        </button>
      </p>
      {why !== '' && <p role="alert">{why}</p>}
    </details>
  );
}

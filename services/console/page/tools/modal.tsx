// A dialog over the page: the browser keeps the keys inside it, Escape closes it, and the focus goes back to where it was.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { DialogName } from '../dialogs.ts';
import { dialog } from '../dialogs.ts';

interface ModalProps {
  readonly name: DialogName;
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Modal({ name, label, children }: ModalProps) {
  return dialog.value === name ? (
    <Open name={name} label={label}>
      {children}
    </Open>
  ) : null;
}

function Open({ name, label, children }: ModalProps) {
  const box = useRef<HTMLDialogElement>(null);
  // Before the next key: whoever types on at once types into it.
  useLayoutEffect(() => {
    box.current?.showModal();
    return () => box.current?.close();
  }, []);
  // The browser tells of the end of one dialog when another may be open.
  const close = () => {
    if (dialog.value === name) dialog.value = undefined;
  };
  return (
    <dialog ref={box} aria-label={label} onCancel={close} onClose={close}>
      {children}
    </dialog>
  );
}

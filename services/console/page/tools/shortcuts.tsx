// The keys that do something, as a list.
import { dialog } from '../dialogs.ts';
import { Modal } from './modal.tsx';

const KEYS = [
  [['Ctrl K', '/'], 'go to a page, a partner or a rule'],
  [['?'], 'this list'],
  [['Tab', 'Shift Tab'], 'the next link or field, the one before'],
  [['Enter'], 'follow the link'],
  [['↑', '↓'], 'in a list: the row before, the next one'],
  [['Page ↑', 'Page ↓'], 'in a list: a screen up, a screen down'],
  [['Home', 'End'], 'in a list: its first row, its last one'],
  [['Escape'], 'close what is open'],
] as const;

export function Shortcuts() {
  return (
    <Modal name="shortcuts" label="Keys">
      <h2>Keys</h2>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        onClick={() => {
          dialog.value = undefined;
        }}
      >
        Close
      </button>
    </Modal>
  );
}

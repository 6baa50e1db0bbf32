// What ends a command may quote an address from the settings: libraries do. Their secrets are taken out before it is shown.
import { Redactor } from '@ess/runtime/log/log.ts';
import { settingSecrets } from '@ess/runtime/settings/settings.ts';

export function withoutSecrets(text: string): string {
  const redactor = new Redactor();
  redactor.add(settingSecrets());
  return redactor.clean(text);
}

// `ess console link`: a partner's own window for a while, and its end. Nothing is asked of the console: what it says is signed with the
// keys that the console has too, and what is taken back stands in the file that it reads.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';
import { readDuration } from '@ess/domain/text/moment.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { knownPartner } from '../../known-partner.ts';
import { print, tell } from '../../terminal/print.ts';

interface Options {
  readonly ttl: string;
  readonly url?: string;
  readonly revoke?: string;
  readonly revokeAll?: true;
  readonly json?: true;
}

export function addLinkCommand(consoleCommand: Command): void {
  consoleCommand
    .command('link')
    .description('a short-lived link for a partner: what it is sent, and nothing of another partner')
    .argument('[partner]', 'whom it is for: a folder under connectors/')
    .option('--ttl <duration>', 'how long it lets somebody in: 30m, 8h, at most 7d', '1h')
    .option('--url <url>', 'where the partner reaches the console; default: ESS_CONSOLE_PUBLIC_URL, else this machine')
    .option('--revoke <id>', 'takes a link back: whoever is in by it is out at once')
    .option('--revoke-all', 'takes every link of the partner back that was made until now')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
It is signed with the first of ESS_CONSOLE_KEYS, which the console must have too, and works as often as it is opened until it ends.

Examples:
  ess console link hospital
  ess console link hospital --ttl 8h --url https://console.example.org
  ess console link --revoke iK3v9QhXw2Zr
  ess console link hospital --revoke-all`,
    )
    .action(async (partner: string | undefined, options: Options) => {
      const settings = loadSettings();
      if (options.revoke !== undefined || options.revokeAll) return await revoke(settings, partner, options);
      if (partner === undefined) throw new EssError('ESS_USAGE', 'name the partner: ess console link PARTNER');
      return await make(settings, knownPartner(partner, settings.connectors), options);
    });
}

async function make({ console: { access }, ports }: Settings, partner: string, options: Options): Promise<void> {
  const [key] = access.keys;
  if (key === undefined)
    throw new EssError(
      'ESS_CONFIG',
      'ESS_CONSOLE_KEYS is not set: it signs links, here and at the console; openssl rand -base64 32 makes one',
    );
  if (access.tokens === undefined && access.oidc === undefined)
    throw new EssError(
      'ESS_CONFIG',
      'nobody signs in at this console, so that a link would keep nobody from anything: set ESS_CONSOLE_TOKENS or ESS_CONSOLE_OIDC_ISSUER',
    );
  if (options.url !== undefined && !/^https?:$/.test(URL.parse(options.url)?.protocol ?? ''))
    throw new EssError('ESS_USAGE', `--url "${options.url}" must be an http or https URL`);
  const { LINK_MAX_MS, linkText, newLink } = await import('@ess/console/rights/link.ts');
  const ttlMs = readDuration(options.ttl) ?? 0;
  if (ttlMs <= 0 || ttlMs > LINK_MAX_MS)
    throw new EssError(
      'ESS_USAGE',
      `--ttl "${options.ttl}" must be a duration such as 30m or 8h, above 0 and at most 7d`,
    );
  const link = newLink(partner, ttlMs);
  const at = options.url ?? access.publicUrl ?? `http://127.0.0.1:${ports.console}`;
  const url = `${at.replace(/\/+$/, '')}/link#${linkText(link, key)}`;
  const until = new Date(link.untilMs).toISOString();
  if (options.json) return print(JSON.stringify({ id: link.id, partner, until, url }));
  print(url);
  tell(`It shows ${partner} alone and ends at ${until}; before that with: ess console link --revoke ${link.id}`);
}

async function revoke(
  { connectors, console: { access } }: Settings,
  partner: string | undefined,
  options: Options,
): Promise<void> {
  const { revoke: id, revokeAll, json } = options;
  if ((id !== undefined) === (revokeAll === true) || (revokeAll === true) !== (partner !== undefined))
    throw new EssError('ESS_USAGE', 'write --revoke ID, or PARTNER --revoke-all');
  if (id !== undefined && !/^[\w-]{12}$/.test(id))
    throw new EssError(
      'ESS_USAGE',
      `--revoke "${id}" is no id of a link: it has twelve characters, as it was told when the link was made`,
    );
  const { endNow } = await import('@ess/console/rights/ended.ts');
  const file = resolve(access.ended);
  const isNew = !existsSync(file);
  if (id !== undefined) endNow(access.ended, 'link', id);
  else endNow(access.ended, 'partner', knownPartner(partner ?? '', connectors));
  if (json) return print(JSON.stringify({ revoked: id ?? partner, file }));
  tell(
    `${id === undefined ? `Every link of ${partner}` : `Link ${id}`} is taken back at each console that reads ${file}.`,
  );
  if (isNew)
    tell(`Nothing stood there before: see that the console has the same ESS_CONSOLE_ENDED, and runs on this machine.`);
}

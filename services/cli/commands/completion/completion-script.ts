// Scripts that complete `ess` in a shell, made from the commands themselves. Names of partners are those of the folders at hand.
import type { Command } from 'commander';

export interface CompletionNode {
  /** `connector check`; empty for `ess` itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly commands: readonly string[];
  readonly options: ReadonlyArray<{ readonly flag: string; readonly description: string }>;
  /** An argument of it is a partner. */
  readonly takesPartner: boolean;
}

export function completionNodes(command: Command, path: readonly string[] = []): CompletionNode[] {
  const node = {
    path,
    description: command.description(),
    commands: command.commands.map((sub) => sub.name()),
    options: command.options.flatMap(({ long, description }) => (long ? [{ flag: long, description }] : [])),
    takesPartner: command.registeredArguments.some((argument) => /^partners?$/.test(argument.name())),
  };
  return [node, ...command.commands.flatMap((sub) => completionNodes(sub, [...path, sub.name()]))];
}

// Only what can be a partner's name: bash expands the words that it completes, so a folder called $(…) would be run.
const PARTNERS = `ls "\${ESS_CONNECTORS:-connectors}" 2>/dev/null | LC_ALL=C grep -v '[^a-z0-9-]'`;

export function bashCompletion(nodes: readonly CompletionNode[]): string {
  const steps = nodes.filter(({ path }) => path.length > 0).map(({ path }) => `" ${path.join(' ')}"`);
  const cases = nodes.map(({ path, commands, options, takesPartner }) => {
    const words = [...commands, ...options.map(({ flag }) => flag), '--help'].join(' ');
    const at = path.length === 0 ? '""' : `" ${path.join(' ')}"`;
    return `    ${at}) words="${words}"${takesPartner ? '; partners=1' : ''} ;;`;
  });
  return `# ess completion bash: add to ~/.bashrc:  source <(npx ess completion bash)
_ess() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" word words="" partners=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${steps.join('|')}) at="$at $word" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  if [ "$prev" = "--partner" ]; then words=""; partners=1; fi
  if [ -n "$partners" ]; then words="$words $(${PARTNERS})"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _ess ess`;
}

/** zsh runs the completions of bash. */
export function zshCompletion(nodes: readonly CompletionNode[]): string {
  const script = bashCompletion(nodes).split('\n').slice(1).join('\n');
  return `# ess completion zsh: add to ~/.zshrc:  source <(npx ess completion zsh)
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${script}`;
}

export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const lines = nodes.flatMap((node) => {
    const seen = node.path.map((name) => `__fish_seen_subcommand_from ${name}`);
    const none = node.commands.length > 0 ? [`not __fish_seen_subcommand_from ${node.commands.join(' ')}`] : [];
    const when = quoted([...seen, ...none].join('; and '));
    const describe = (path: readonly string[]) =>
      nodes.find(({ path: other }) => String(other) === String(path))?.description ?? '';
    return [
      ...node.commands.map(
        (name) => `complete -c ess -f -n ${when} -a ${name} -d ${quoted(describe([...node.path, name]))}`,
      ),
      ...node.options.map(({ flag, description }) => {
        const values = flag === '--partner' ? ` -x -a ${quoted(`(${PARTNERS_FISH})`)}` : '';
        return `complete -c ess -n ${when} -l ${flag.slice(2)}${values} -d ${quoted(description)}`;
      }),
      ...(node.takesPartner ? [`complete -c ess -f -n ${when} -a ${quoted(`(${PARTNERS_FISH})`)}`] : []),
    ];
  });
  return ['# ess completion fish: save as ~/.config/fish/completions/ess.fish', ...lines].join('\n');
}

const PARTNERS_FISH =
  'ls (set -q ESS_CONNECTORS; and echo $ESS_CONNECTORS; or echo connectors) 2>/dev/null | string match -rv "[^a-z0-9-]"';

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

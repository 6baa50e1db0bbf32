// One copy of the installation: a project of Compose, its containers, and the addresses at which this machine reaches it.
import type { Shell } from './shell.ts';

export interface Container {
  readonly service: string;
  readonly id: string;
  readonly state: string;
  /** healthy, unhealthy, starting; undefined: nobody asks. */
  readonly health: string | undefined;
  readonly exitCode: number;
  /** How long its last stop took is not told; that it was cut is. */
  readonly image: string;
}

interface Inspected {
  readonly Id: string;
  readonly Image: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
}

const PROFILES = ['demo', 'workers', 'observability', 'certificates'].flatMap((name) => ['--profile', name]);

export class Copy implements AsyncDisposable {
  readonly name: string;
  readonly command: readonly string[];
  readonly #shell: Shell;
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #prefix: string;

  /** @param prefix digit before its ports. @param files of Compose, for another choice than that of .env */
  constructor(
    shell: Shell,
    command: readonly string[],
    folder: string,
    name: string,
    { prefix = '', files = [] }: { readonly prefix?: string; readonly files?: readonly string[] } = {},
  ) {
    this.#shell = shell;
    this.#folder = folder;
    this.name = name;
    this.command = [...command, '-p', name];
    this.#prefix = prefix;
    this.#env = {
      ...(prefix === '' ? {} : { ESS_PORT_PREFIX: prefix }),
      ...(files.length === 0 ? {} : { COMPOSE_FILE: files.join(':') }),
    };
  }

  get place(): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
    return { cwd: this.#folder, env: this.#env };
  }

  compose(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const [program = '', ...first] = this.command;
    return this.#shell.must(program, [...first, ...args], { cwd: this.#folder, env: { ...this.#env, ...env } });
  }

  /** What a program of ESS prints inside the service `ess`. */
  async ess(...args: string[]): Promise<string> {
    const { id } = await this.one('ess');
    return this.#shell.must('docker', ['exec', id, 'ess', ...args]);
  }

  /** A file as the service `ess` has it. */
  async file(path: string): Promise<string> {
    const { id } = await this.one('ess');
    return (await this.#shell.must('docker', ['exec', id, 'cat', path])).trim();
  }

  async log(service: string): Promise<string> {
    const { id } = await this.one(service);
    return this.#shell.must('docker', ['logs', id]);
  }

  /** @param port as the Compose file has it by default */
  url(port: number, path: string): string {
    return `http://127.0.0.1:${this.#prefix}${port}${path}`;
  }

  async containers(): Promise<Container[]> {
    const filter = ['--filter', `label=com.docker.compose.project=${this.name}`];
    const ids = (await this.#shell.must('docker', ['ps', '-aq', '--no-trunc', ...filter])).split(/\s+/).filter(Boolean);
    if (ids.length === 0) return [];
    const all = JSON.parse(await this.#shell.must('docker', ['inspect', ...ids])) as Inspected[];
    return all.map(({ Id, Image, Config, State }) => ({
      service: Config.Labels['com.docker.compose.service'] ?? '',
      id: Id,
      state: State.Status,
      health: State.Health?.Status,
      exitCode: State.ExitCode,
      image: Image,
    }));
  }

  /** What containers said that are not well. */
  async lastWords(): Promise<string> {
    const bad = (await this.containers()).filter(({ exitCode, health }) => exitCode !== 0 || health === 'unhealthy');
    const said = bad.map(async ({ service, id }) => {
      const { output } = await this.#shell.run('docker', ['logs', '--tail', '20', id]);
      return `${service}:\n${output}`;
    });
    return (await Promise.all(said)).join('\n');
  }

  async one(service: string): Promise<Container> {
    const found = (await this.containers()).filter((one) => one.service === service);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} containers of ${service} in ${this.name}`);
    return found[0];
  }

  /** Also after a Ctrl-C: containers, networks and volumes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const [program = '', ...first] = this.command;
    const down = ['down', '--volumes', '--remove-orphans', '--timeout', '10'];
    await this.#shell.run(program, [...first, ...PROFILES, ...down], { ...this.place, atTheEnd: true });
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { realKafka } from './support/brokers.js';
import { type CodeBlock, codeBlocks } from './support/code-blocks.js';
import { emptyFolder, installPacked, packAll, writeFiles } from './support/packed-project.js';
import { freePort } from './support/ports.js';

// docs/tutorial.md as it is written: its files are put where they say, its commands run, one after another, and say what they are said to.
// Three things are different. `npx @wherry/cli` and `npm install` take the packed packages, without compiling node-rdkafka again; the gateway
// listens on a port that is free; and the project that was made gives its calls a minute where it gave them seconds, as this machine may be busy.

const TUTORIAL = 'docs/tutorial.md';
const GATEWAY = '127.0.0.1:50051';

/** Someone who follows the tutorial. */
class Reader {
  /** The terminal in which something stays. */
  #staying: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly packed: string,
    readonly tarballs: readonly string[],
    readonly gateway: string,
    private where: string,
  ) {}

  static async begin(t: ExecutionContext): Promise<Reader> {
    const { path, remove } = await emptyFolder();
    const packed = join(path, 'packed');
    const tarballs = await packAll(packed);
    await writeFiles(path, [
      ['command/package.json', '{"private": true}'],
      ['desk/README', 'where the reader begins'],
    ]);
    await installPacked(join(path, 'command'), packed, tarballs);
    const reader = new Reader(path, packed, tarballs, `127.0.0.1:${await freePort()}`, join(path, 'desk'));
    t.teardown(async () => {
      await reader.#leave();
      await remove();
    });
    return reader;
  }

  async follow(t: ExecutionContext, block: CodeBlock): Promise<void> {
    const { file, language, marks, text, where } = block;
    t.log(where);
    if (file !== undefined) return writeFiles(this.where, [[file, text]]);
    if (language !== 'console') return;
    for (const { command, says } of commandsOf(text)) {
      const expected = says.map((line) => line.replace(GATEWAY, this.gateway));
      if (marks.includes('stays')) await this.#stay(command, expected);
      else await this.#run(t, command, expected, marks.includes('fails') ? 1 : 0);
    }
  }

  async #run(t: ExecutionContext, command: string, says: readonly string[], code: number): Promise<void> {
    if (command === 'npm install') return installPacked(this.where, this.packed, this.tarballs);
    const output = new Output(this.#spawn(`${command}\ncode=$?; pwd > '${this.#notes}'; exit $code`));
    t.is(await output.ended, code, `${command}\n${output.text}`);
    this.where = (await readFile(this.#notes, 'utf8')).trim();
    t.true(output.says(says), `${command}\n${output.text}\n--- instead of\n${says.join('\n')}`);
    if (command.includes(' new service ')) await this.#giveTime();
  }

  /** Runs it until the next one that stays, or the end. */
  async #stay(command: string, says: readonly string[]): Promise<void> {
    await this.#leave();
    this.#staying = this.#spawn(command);
    await new Output(this.#staying).until(says);
  }

  /** What Ctrl-C does. */
  async #leave(): Promise<void> {
    const child = this.#staying;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    process.kill(-child.pid, 'SIGINT');
    await closed;
  }

  /** In a process group of its own, as a terminal has it. */
  #spawn(script: string): ChildProcess {
    const own = Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_)|WHERRY_|NODE_)/.test(name));
    return spawn('sh', ['-c', script.replaceAll('npx @wherry/cli', `'${this.#command}'`)], {
      cwd: this.where,
      detached: true,
      env: { ...Object.fromEntries(own), WHERRY_GATEWAY: this.gateway },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async #giveTime(): Promise<void> {
    const proto = join(this.where, 'proto/inventory/v1/inventory.proto');
    const text = await readFile(proto, 'utf8');
    await writeFile(proto, text.replace(/(timeout\) = )"\d+s"/, '$1"60s"'));
    await new Output(this.#spawn(`'${this.#command}' gen --out src/gen proto`)).ended;
  }

  get #command(): string {
    return join(this.folder, 'command/node_modules/.bin/wherry');
  }

  get #notes(): string {
    return join(this.folder, 'where');
  }
}

/** What a program says, on both outputs. */
class Output {
  text = '';
  readonly ended: Promise<number | NodeJS.Signals>;
  #heard: () => void = () => undefined;

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.text += text;
        this.#heard();
      });
    }
    this.ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  }

  /** Whether these lines are among it, in this order; `…` in a line is anything. */
  says(lines: readonly string[]): boolean {
    const said = this.text.split('\n').values();
    return lines.every((line) => {
      const pattern = new RegExp(`^${line.split('…').map(literally).join('.*')}$`);
      for (const candidate of said) if (pattern.test(candidate)) return true;
      return false;
    });
  }

  /** Waits until it has said them. */
  until(lines: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#heard = () => {
        if (this.says(lines)) resolve();
      };
      void this.ended.then((code) => reject(new Error(`it ended with ${code}, and did not say that:\n${this.text}`)));
      this.#heard();
    });
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** `$ command` and what it says below. */
function commandsOf(text: string): { command: string; says: string[] }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...says] = part.trimEnd().split('\n');
      return { command, says };
    });
}

// Once is enough: what differs with the broker has its tests elsewhere.
(realKafka === undefined ? test : test.skip)('the tutorial holds, from its first line to its last', async (t) => {
  t.timeout(1_800_000);
  const reader = await Reader.begin(t);
  for (const block of codeBlocks(TUTORIAL)) await reader.follow(t, block);
});

import type { Gateway } from '@wherry/gateway';
import type { EmbeddedBroker } from '@wherry/kafka';
import type { Service } from '../serve.js';
import { type DevView, PlainView, ScreenView } from './dev-view.js';
import { ProjectRunner } from './project-runner.js';
import type { Project } from './projects.js';
import type { DevState } from './screen.js';

/** A running broker, a gateway and the workers. Shows their state on stdout. */
export class DevService implements Service {
  readonly #broker: EmbeddedBroker;
  readonly #gateway: Gateway;
  readonly #runners: readonly ProjectRunner[];
  readonly #view: DevView;
  readonly #unfollow: () => void;

  constructor(broker: EmbeddedBroker, gateway: Gateway, projects: readonly Project[]) {
    this.#broker = broker;
    this.#gateway = gateway;
    const { stdout } = process;
    this.#view = stdout.isTTY ? new ScreenView(stdout) : new PlainView((line) => void stdout.write(`${line}\n`));
    const env = { WHERRY_BROKERS: broker.bootstrapServers, WHERRY_GATEWAY: gateway.address };
    this.#runners = projects.map(
      (project) =>
        new ProjectRunner(project, env, {
          changed: ({ name }, news) => this.#view.changed(this.#state, name, news),
          line: ({ name }, text) => this.#view.line(this.#state, name, text),
        }),
    );
    const { services } = gateway.channel;
    let shown: string | undefined;
    const served = (): void => {
      const names = [...services.names].sort().join(', ') || 'none';
      if (names !== shown) this.#view.changed(this.#state, 'services', names);
      shown = names;
    };
    this.#unfollow = services.onChange(served);
    served();
  }

  /** Starts the workers. */
  start(): void {
    process.once('exit', this.#kill);
    for (const runner of this.#runners) runner.start();
  }

  async drain(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.stop()));
    this.#end();
    await this.#gateway.drain();
    await this.#broker.close();
  }

  async close(): Promise<void> {
    this.#kill();
    this.#end();
    await this.#gateway.close();
    await this.#broker.close();
  }

  get #state(): DevState {
    return {
      brokers: this.#broker.bootstrapServers,
      gateway: this.#gateway.address,
      services: this.#gateway.channel.services.names,
      projects: this.#runners.map(({ state }) => state),
    };
  }

  #end(): void {
    this.#unfollow();
    this.#view.close();
    process.off('exit', this.#kill);
  }

  readonly #kill = (): void => {
    for (const runner of this.#runners) runner.kill();
  };
}

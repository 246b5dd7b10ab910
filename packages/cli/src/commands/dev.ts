import type { Logger } from '@wherry/endpoint';
import { createGateway, type Gateway } from '@wherry/gateway';
import { type EmbeddedBroker, startEmbeddedBroker } from '@wherry/kafka';
import type { OpenTelemetry } from '@wherry/otel';
import type { Command } from 'commander';
import { type DevView, PlainView, ScreenView } from '../dev/dev-view.js';
import { ProjectRunner } from '../dev/project-runner.js';
import { findProjects, type Project } from '../dev/projects.js';
import type { DevState } from '../dev/screen.js';
import { openWithOptions } from '../errors.js';
import { addGatewayOptions, type GatewayFlags, gatewayOptions } from '../gateway-options.js';
import { addCallLogOptions, type CallLogFlags, callLogOptions, createLogger, type LogFlags } from '../logging.js';
import { addNamespaceOption, type KafkaFlags } from '../options.js';
import { type Service, serveUntilStopped } from '../serve.js';
import { addTelemetryOptions, type TelemetryFlags, withTelemetry } from '../telemetry.js';

type DevFlags = GatewayFlags &
  TelemetryFlags &
  LogFlags &
  CallLogFlags &
  Pick<KafkaFlags, 'namespace'> & { readonly workers: boolean };

const details = `
A worker is the script "worker" of a package.json, or else src/worker.ts, worker.ts, dist/worker.js, src/worker.js or worker.js; TypeScript
files need tsx, or a Node that runs TypeScript. Without arguments it is looked for here, and in the npm workspaces that have
such a script. Workers find the broker in WHERRY_BROKERS, and the gateway in WHERRY_GATEWAY.

A worker is started again when a source file of its folder changes. When a .proto file changes, the script "gen" is run, or
"wherry gen --out src/gen proto" where there are these folders. What fails is shown with its last lines, and waits for a change.

On a terminal it shows one screen of what runs where; elsewhere a line for each thing that happens, of which the first is
bootstrap.servers=HOST:PORT and the second says where the gateway listens.

Examples:
  $ wherry dev
  $ wherry dev services/orders services/stock --listen 127.0.0.1:8080`;

/** `wherry dev`: what a laptop needs. */
export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .summary('run an embedded broker, a gateway and the workers that are here, for a laptop')
    .description(
      'Run an embedded broker, a gateway to it with reflection, and the workers that are here, each started again when a file ' +
        'changes. Nothing is kept when it ends.',
    )
    .argument('[workers...]', 'folders with a worker, or its files (default: what is here)')
    .option('--no-workers', 'only broker and gateway');
  addCallLogOptions(addTelemetryOptions(addGatewayOptions(addNamespaceOption(command))))
    .addHelpText('after', details)
    .action(async (paths: readonly string[], flags: DevFlags) => {
      const logger = await createLogger(flags);
      const projects = flags.workers ? findProjects(paths) : [];
      return serveUntilStopped(logger, () =>
        withTelemetry(flags, 'wherry-dev', callLogOptions(flags, logger), (instrumentation) =>
          runDev(projects, flags, logger, instrumentation),
        ),
      );
    });
}

async function runDev(
  projects: readonly Project[],
  flags: DevFlags,
  logger: Logger,
  instrumentation: OpenTelemetry | undefined,
): Promise<DevService> {
  const service = await openDev(projects, flags, logger, instrumentation);
  try {
    service.start();
    return service;
  } catch (error) {
    await service.close();
    throw error;
  }
}

async function openDev(
  projects: readonly Project[],
  flags: DevFlags,
  logger: Logger,
  instrumentation: OpenTelemetry | undefined,
): Promise<DevService> {
  const options = { ...gatewayOptions(flags), logger, instrumentation };
  const broker = await startEmbeddedBroker();
  try {
    const brokers = broker.bootstrapServers;
    if (!process.stdout.isTTY) process.stdout.write(`bootstrap.servers=${brokers}\n`);
    const gateway = await openWithOptions(() => createGateway({ ...options, brokers, namespace: flags.namespace }));
    if (!process.stdout.isTTY) process.stdout.write(`gateway listens on ${gateway.address}\nCtrl-C stops all of it.\n`);
    return new DevService(broker, gateway, projects);
  } catch (error) {
    await broker.close();
    throw error;
  }
}

/** Broker, gateway and workers, as they run. */
class DevService implements Service {
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

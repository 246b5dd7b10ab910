import { type ServerRun, ServerStartError } from '../local/server-run.js';
import { type BrokerCommand, launchBroker } from './broker-run.js';

const STOP_LIMIT_MS = 30_000;

/** The signals that a fault test may send to a broker. SIGSTOP holds it, like a machine that hangs. SIGCONT lets it continue. */
export type BrokerSignal = 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT';

/** One node of a cluster: a process that is broker and controller. */
export interface KafkaNode {
  /** Its `node.id`, from 1. */
  readonly id: number;
  /** The clients' port on 127.0.0.1, the same over restarts. */
  readonly port: number;
  /** The process, or undefined while there is none. */
  readonly pid: number | undefined;
  /**
   * Sends a signal, SIGKILL by default. Resolves when the process is gone; for SIGSTOP and SIGCONT, when the signal is sent.
   * Harmless when there is no process.
   */
  kill(signal?: BrokerSignal): Promise<void>;
  /** Shuts the broker down cleanly: it hands over its partitions first. Kills it after 30 s. Harmless if it is stopped. */
  stop(): Promise<void>;
  /**
   * Starts the broker again, with its data and port. Resolves when the cluster has accepted the broker, or at once if the broker is
   * up. Its replicas may need a moment more to be in sync. After a SIGKILL this can take 9 s longer: until the cluster has noticed
   * the loss (`broker.session.timeout.ms`), it refuses a second broker with the same id.
   *
   * @throws {ServerStartError} if the broker ends before that, is not accepted within two minutes, or the cluster is closed.
   */
  start(): Promise<void>;
}

/** The {@link KafkaNode} that a cluster owns. It is stopped (no run), starting (a run, not yet ready) or up. */
export class BrokerNode implements KafkaNode {
  readonly id: number;
  #run: ServerRun | undefined;
  #retired = false;

  constructor(
    readonly port: number,
    private readonly command: BrokerCommand,
    /** Called after every change of `pid`. */
    private readonly onPidChange: () => void,
  ) {
    this.id = command.id;
  }

  get pid(): number | undefined {
    return this.#run?.child.pid;
  }

  async start(): Promise<void> {
    if (this.#retired) throw new ServerStartError(`Kafka node ${this.id} cannot start: its cluster is closed.`, false);
    if (this.#run === undefined) {
      const run = launchBroker(this.command);
      this.#run = run;
      this.onPidChange();
      void run.ended.then(() => {
        this.#run = undefined;
        this.onPidChange();
      });
    }
    await this.#run.ready;
  }

  async kill(signal: BrokerSignal = 'SIGKILL'): Promise<void> {
    const run = this.#run;
    run?.child.kill(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM') await run?.ended;
  }

  async stop(limitMs = STOP_LIMIT_MS): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    const timer = setTimeout(() => run.child.kill('SIGKILL'), limitMs);
    run.child.kill('SIGTERM');
    // A process held by SIGSTOP does not see the other signal before this one.
    run.child.kill('SIGCONT');
    await run.ended;
    clearTimeout(timer);
  }

  /** Refuses `start` from now on. */
  retire(): void {
    this.#retired = true;
  }
}

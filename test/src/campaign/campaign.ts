import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestTopic } from '@wherry/endpoint';
import { type Log, openLog } from '@wherry/kafka';
import { type KafkaCluster, type KafkaVersion, startKafka } from '@wherry/tools/kafka';
import { newNamespace } from '../support/brokers.js';
import { drawFaults, type Fault } from './faults/index.js';
import { authorizer } from './faults/rights.js';
import { callers, Fleet, handlers, servers } from './fleet.js';
import { Health } from './health.js';
import { Ledger } from './ledger.js';
import { findLeftovers, type Leftovers } from './leftovers.js';
import { Random } from './random.js';
import { type CampaignResult, failuresOf } from './result.js';
import { type ProcessUse, type SampledProcess, Samples } from './samples.js';
import { pause, seconds, wallClock, within } from './time.js';
import { Timeline } from './timeline.js';
import { versions } from './versions.js';

const MINUTE_MS = 60_000;
/** How soon after a fault the system must be healthy again. */
const HEALTHY_LIMIT_MS = 60_000;
/** The pause between two faults, so that most calls belong to one fault alone. */
const QUIET_MS = 1500;
const READ_LEDGERS_MS = 1000;
const CLOSE_LOG_LIMIT_MS = 15_000;

export interface CampaignOptions {
  readonly seed: number;
  readonly minutes: number;
  /** How many calls each caller has under way at once. */
  readonly inFlight: number;
  /** A part of the names of the kinds of faults that are made. Empty: all kinds. `none`: no faults. */
  readonly only: string;
  /** Kafka's. */
  readonly version: KafkaVersion;
  /** Whether the ledgers and logs are kept in any case. */
  readonly keep: boolean;
  /** Ends the campaign early, with its result. */
  readonly signal: AbortSignal;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

/** Runs one campaign on a Kafka of its own. Whatever it has started is gone when it resolves. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const folder = await mkdtemp(join(tmpdir(), 'wherry-campaign-'));
  options.say(`seed ${options.seed}; ledgers and logs in ${folder}`);
  const campaign = new Campaign(options, folder);
  const result = await campaign.run();
  if (options.keep || failuresOf(result).length > 0) return { ...result, folder };
  await rm(folder, { recursive: true, force: true });
  return result;
}

/** What a campaign has opened. */
interface System {
  readonly kafka: KafkaCluster;
  readonly log: Log;
  readonly fleet: Fleet;
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #folder: string;
  readonly #namespace = newNamespace();
  readonly #timeline = new Timeline(servers);
  readonly #ledger = new Ledger(this.#timeline);
  readonly #health = new Health(callers, handlers);
  readonly #problems: string[] = [];
  #beganAt = wallClock();
  #endedAt: number | undefined;
  #uses: readonly ProcessUse[] = [];
  #leftovers: Leftovers | undefined;

  constructor(options: CampaignOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
  }

  async run(): Promise<CampaignResult> {
    try {
      await this.#withKafka();
    } catch (error) {
      this.#onProblem(`the campaign ended with an error: ${error instanceof Error ? error.stack : error}`);
    }
    this.#ledger.finish();
    return this.#result();
  }

  async #withKafka(): Promise<void> {
    const kafkaLog = join(this.#folder, 'kafka.log');
    const kafka = await startKafka({
      nodes: 3,
      version: this.#options.version,
      settings: authorizer,
      log: (line) => appendFileSync(kafkaLog, `${new Date(wallClock()).toISOString()} ${line}\n`),
    });
    try {
      const log = await openLog({
        brokers: kafka.bootstrapServers,
        acknowledgements: false,
        onUndelivered: () => undefined,
        onTrouble: () => undefined,
      });
      try {
        await this.#withFleet(kafka, log);
      } finally {
        await within(log.close(), CLOSE_LOG_LIMIT_MS);
      }
    } finally {
      await kafka.close();
    }
  }

  async #withFleet(kafka: KafkaCluster, log: Log): Promise<void> {
    const fleet = new Fleet({
      brokers: kafka.bootstrapServers,
      namespace: this.#namespace,
      folder: this.#folder,
      inFlight: this.#options.inFlight,
      health: this.#health,
      ledger: this.#ledger,
      onProblem: (problem) => this.#onProblem(problem),
    });
    const samples = new Samples(this.#processes(kafka, fleet));
    const reading = setInterval(() => {
      fleet.readLedgers();
      this.#ledger.settle(wallClock());
    }, READ_LEDGERS_MS);
    try {
      await fleet.startAll();
      await this.#makeFaults({ kafka, log, fleet });
      this.#endedAt = wallClock();
      this.#uses = samples.stop();
      this.#say('ending all processes');
      await fleet.close();
      this.#leftovers = await findLeftovers(log, this.#namespace, fleet.all);
    } finally {
      samples.stop();
      clearInterval(reading);
      await fleet.killAll();
      fleet.readLedgers();
    }
  }

  async #makeFaults(system: System): Promise<void> {
    const { seed, minutes, only, signal } = this.#options;
    if ((await this.#untilHealthy()) === undefined) {
      if (!signal.aborted) this.#onProblem(`the system did not become healthy at its start: ${this.#health.missing}`);
      return;
    }
    this.#beganAt = wallClock();
    if (only === 'none') {
      this.#say(`healthy; no faults for ${minutes} minutes`);
      await pause(minutes * MINUTE_MS, signal);
      return;
    }
    this.#say(`healthy; faults for ${minutes} minutes`);
    for (const fault of drawFaults(new Random(seed), only)) {
      await pause(QUIET_MS, signal);
      if (signal.aborted || wallClock() - this.#beganAt >= minutes * MINUTE_MS) return;
      if (!(await this.#makeFault(fault, system))) return;
    }
  }

  /** Makes a fault and waits until the system is healthy again. Returns false if the campaign cannot go on. */
  async #makeFault(fault: Fault & { readonly kind: string }, system: System): Promise<boolean> {
    const record = this.#timeline.beginFault(fault.kind, fault.what, fault.disturbsServers);
    this.#say(`fault ${record.number}: ${fault.what}`);
    try {
      await fault.strike({
        ...system,
        namespace: this.#namespace,
        requestTopic: requestTopic(this.#namespace, 'wherry.test.v1.Echo'),
        timeline: this.#timeline,
        signal: this.#options.signal,
      });
    } catch (error) {
      record.problem = `it could not be made: ${error instanceof Error ? error.message : error}`;
    }
    this.#timeline.endOutages();
    record.endedAt = wallClock();
    record.healthyAt = await this.#untilHealthy();
    if (record.healthyAt !== undefined) {
      this.#say(`healthy again after ${seconds(record.healthyAt - record.endedAt)}`);
      return true;
    }
    if (this.#options.signal.aborted) return true;
    record.problem ??= `not healthy again within ${HEALTHY_LIMIT_MS / 1000} s: ${this.#health.missing}`;
    this.#say(`${record.problem}; all processes are replaced`);
    const replaced = this.#timeline.beginOutage('all');
    await system.fleet.replaceAll();
    replaced();
    // Whatever goes wrong from now on does not belong to this fault.
    const healthyAt = await this.#untilHealthy();
    record.healthyAt = wallClock();
    if (healthyAt === undefined && !this.#options.signal.aborted)
      this.#onProblem(`new processes did not make the system healthy: ${this.#health.missing}`);
    return healthyAt !== undefined;
  }

  /** Undefined if the system is not healthy within the limit, or the campaign is to end. */
  async #untilHealthy(): Promise<number | undefined> {
    const { signal } = this.#options;
    const aborted = new AbortController();
    const stop = (): void => aborted.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const limit = pause(HEALTHY_LIMIT_MS, aborted.signal).then(() => undefined);
    try {
      return await Promise.race([this.#health.healthy(), limit]);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }

  /** The processes to be sampled. A broker has no time of its start, so its time counts from when it was first seen. */
  #processes({ nodes }: KafkaCluster, fleet: Fleet): () => readonly SampledProcess[] {
    const seen = new Map<number, number>();
    const itself = { slot: 'campaign', name: 'campaign', pid: process.pid, startedAt: wallClock() };
    return () => {
      const brokers = nodes.flatMap(({ id, pid }) => {
        if (pid === undefined) return [];
        const startedAt = seen.get(pid) ?? wallClock();
        seen.set(pid, startedAt);
        return [{ slot: `kafka-${id}`, name: `kafka-${id}`, pid, startedAt }];
      });
      return [itself, ...brokers, ...fleet.alive];
    };
  }

  #result(): CampaignResult {
    const { seed, minutes, signal } = this.#options;
    return {
      seed,
      minutes: ((this.#endedAt ?? wallClock()) - this.#beganAt) / MINUTE_MS,
      interrupted: signal.aborted && (this.#endedAt ?? 0) - this.#beganAt < minutes * MINUTE_MS,
      versions: versions(this.#options.version),
      beganAt: this.#beganAt,
      faults: this.#timeline.faults.map((fault) => ({ ...fault, tally: this.#ledger.tally(fault.number) })),
      quiet: this.#ledger.tally(0),
      bad: this.#ledger.bad,
      details: this.#ledger.details,
      strayLines: this.#ledger.strayLines,
      problems: this.#problems,
      uses: this.#uses,
      leftovers: this.#leftovers,
      folder: undefined,
    };
  }

  #onProblem(problem: string): void {
    const at = new Date(wallClock()).toISOString().slice(11, 23);
    this.#problems.push(`${at}: ${problem}`);
    this.#say(`PROBLEM: ${problem}`);
  }

  #say(line: string): void {
    this.#options.say(line);
  }
}

/** What the processes of the campaign and its main process tell each other over IPC, and how the processes are configured. */

export type FromMember =
  /** The process has started. */
  | { readonly what: 'ready'; readonly address?: string }
  /** The process reads this inbox from now on. */
  | { readonly what: 'inbox'; readonly topic: string }
  /** A call ended. */
  | { readonly what: 'called'; readonly begunAt: number; readonly ok: boolean }
  /** A handler began a call. This is told a few times a second at most. */
  | { readonly what: 'served'; readonly at: number }
  /** The caller makes no calls any more, and none is under way. */
  | { readonly what: 'idle' }
  /** The caller makes its new calls at the new gateway. */
  | { readonly what: 'moved' };

export type ToMember =
  /** The caller must begin no more calls. */
  | { readonly what: 'stop' }
  /** The caller must make its calls at this gateway. */
  | { readonly what: 'move'; readonly gateway: string };

export interface CallerConfig {
  readonly ledger: string;
  /** How many calls it has under way at once. */
  readonly inFlight: number;
  /** Where it makes its calls: over a channel of Wherry's, or at a gateway. */
  readonly target: { readonly brokers: string; readonly namespace: string } | { readonly gateway: string };
}

export interface WorkerConfig {
  readonly ledger: string;
  readonly brokers: string;
  readonly namespace: string;
}

export interface ServerConfig {
  readonly ledger: string;
  readonly port: number;
}

/** Reads the configuration that the main process has given as the first argument. */
export function readConfig<Config>(): Config {
  const [, , json] = process.argv;
  if (json === undefined) throw new Error('this program is started by the campaign, with a configuration');
  return JSON.parse(json) as Config;
}

/** Tells the main process something. Without a main process the program ends: it must not outlive its campaign. */
export function tell(message: FromMember): void {
  if (process.connected) process.send?.(message);
}

/** Ends this program if the main process is gone. Returns a function after which the program may end by itself. */
export function stayWithMain(): () => void {
  const leave = (): never => process.exit(1);
  process.once('disconnect', leave);
  return () => {
    process.off('disconnect', leave);
    if (process.connected) process.disconnect();
  };
}

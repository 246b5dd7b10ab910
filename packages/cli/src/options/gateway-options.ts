import { ServerCredentials } from '@grpc/grpc-js';
import type { ServiceConfig } from '@wherry/client';
import type { GatewayOptions } from '@wherry/gateway';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { readFlagCertificates, readFlagFile } from './flag-files.js';
import { countOption, drainTimeoutOption, durationOption, maxMessageBytesOption } from './option-parsers.js';

/** The options that {@link addGatewayOptions} adds, as commander gives them. */
export interface GatewayFlags {
  readonly listen: string;
  readonly waitForReady: boolean | undefined;
  readonly maxMessageBytes: number | undefined;
  readonly drainTimeout: number | undefined;
  readonly maxConnections: number | undefined;
  readonly maxCallsPerConnection: number | undefined;
  readonly maxCalls: number | undefined;
  readonly maxPartialBytes: number | undefined;
  readonly handshakeTimeout: number | undefined;
  readonly idleTimeout: number | undefined;
  readonly firstMessageTimeout: number | undefined;
  readonly keepalive: number | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly serviceConfig: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly reflection: boolean;
  readonly health: boolean;
}

/** Adds the options of every command that runs a gateway. */
export function addGatewayOptions(command: Command): Command {
  return command
    .option(
      '--listen <host:port>',
      'address to listen on for gRPC over HTTP/2; port 0: any free port',
      '127.0.0.1:50051',
    )
    .option(
      '--wait-for-ready',
      'let calls wait for a service that nobody serves yet; the metadata wherry-wait-for-ready (true or false) decides for one call',
    )
    .addOption(maxMessageBytesOption())
    .addOption(drainTimeoutOption())
    .addOption(countOption('--max-connections <n>', 'how many connections may be open at once (default: 10000)'))
    .addOption(
      countOption('--max-calls-per-connection <n>', 'how many calls one connection may have at once (default: 10000)'),
    )
    .addOption(countOption('--max-calls <n>', 'how many calls may be under way at once (default: 50000)'))
    .addOption(
      countOption(
        '--max-partial-bytes <n>',
        'how many bytes the messages may hold that have come in part, of all calls together (default: 268435456)',
      ),
    )
    .addOption(
      durationOption(
        '--handshake-timeout <time>',
        'how long a new connection may take to begin HTTP/2, TLS included (default: 10s)',
      ),
    )
    .addOption(
      durationOption(
        '--idle-timeout <time>',
        'how long a connection may have no call before it is closed (default: 30m)',
      ),
    )
    .addOption(
      durationOption(
        '--first-message-timeout <time>',
        'how long the first message of a request may take, if no reply comes before it (default: 5m)',
      ),
    )
    .addOption(
      durationOption(
        '--keepalive <time>',
        'how often to ask connections whether they are alive; a dead one ends within twice this time (default: 20s)',
      ),
    )
    .option(
      '--service-config <file>',
      'a gRPC service config (JSON): timeouts, limits, retries and hedging for each method',
    )
    .option('--no-reflection', 'do not answer grpc.reflection.v1 and v1alpha, but carry these calls to a worker')
    .option('--no-health', 'do not answer grpc.health.v1, but carry these calls to a worker')
    .option('--tls-cert <file>', 'certificate chain (PEM) of the gateway; needs --tls-key')
    .option('--tls-key <file>', "private key (PEM) to the gateway's certificate; needs --tls-cert")
    .option(
      '--tls-client-ca <file>',
      'accept only clients with a certificate from one of these authorities (PEM); needs --tls-cert and --tls-key',
    );
}

/**
 * Turns the flags into the options of a gateway. The gateway itself checks the contents of the service config.
 *
 * @throws UsageError if only one half of the TLS pair is given, or the service config is not JSON; Error if a file cannot be
 *   read or is not PEM.
 */
export function gatewayOptions(flags: GatewayFlags): Omit<GatewayOptions, 'brokers'> {
  const { listen, waitForReady, maxMessageBytes, drainTimeout, reflection, health } = flags;
  return {
    listen,
    waitForReady,
    maxReceiveMessageLength: maxMessageBytes,
    drainTimeoutMs: drainTimeout,
    limits: {
      maxConnections: flags.maxConnections,
      maxCallsPerConnection: flags.maxCallsPerConnection,
      maxCalls: flags.maxCalls,
      maxPartialBytes: flags.maxPartialBytes,
      handshakeTimeoutMs: flags.handshakeTimeout,
      idleTimeoutMs: flags.idleTimeout,
      firstMessageTimeoutMs: flags.firstMessageTimeout,
      keepaliveMs: flags.keepalive,
    },
    credentials: credentials(flags),
    serviceConfig: serviceConfig(flags),
    reflection,
    health,
  };
}

function serviceConfig({ serviceConfig: file }: GatewayFlags): ServiceConfig | undefined {
  if (file === undefined) return undefined;
  const json = readFlagFile('--service-config', file).toString();
  try {
    return JSON.parse(json) as ServiceConfig;
  } catch (error) {
    throw new UsageError(`--service-config: ${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

function credentials({ tlsCert, tlsKey, tlsClientCa }: GatewayFlags): ServerCredentials | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('TLS needs both --tls-cert and --tls-key');
  const pair = { cert_chain: readFlagFile('--tls-cert', tlsCert), private_key: readFlagFile('--tls-key', tlsKey) };
  const clientCa = tlsClientCa === undefined ? null : readFlagCertificates('--tls-client-ca', tlsClientCa);
  return ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
}

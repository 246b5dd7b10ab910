import { ServerCredentials } from '@grpc/grpc-js';
import type { ServiceConfig } from '@wherry/client';
import type { GatewayOptions } from '@wherry/gateway';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { readFlagCertificates, readFlagFile } from './flag-files.js';
import { maxMessageBytesOption } from './option-parsers.js';

/** The options that {@link addGatewayOptions} adds, as commander gives them. */
export interface GatewayFlags {
  readonly listen: string;
  readonly waitForReady: boolean | undefined;
  readonly maxMessageBytes: number | undefined;
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
  const { listen, waitForReady, maxMessageBytes, reflection, health } = flags;
  return {
    listen,
    waitForReady,
    maxReceiveMessageLength: maxMessageBytes,
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

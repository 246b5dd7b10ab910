import { readFileSync } from 'node:fs';
import { ServerCredentials } from '@grpc/grpc-js';
import type { GatewayOptions } from '@wherry/gateway';
import type { Command } from 'commander';
import { UsageError } from './errors.js';
import { maxMessageBytesOption } from './options.js';

/** What {@link addGatewayOptions} puts into a command's options. */
export interface GatewayFlags {
  readonly listen: string;
  readonly waitForReady: boolean | undefined;
  readonly maxMessageBytes: number | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly reflection: boolean;
  readonly health: boolean;
}

/** Adds the options of every command that runs a gateway. */
export function addGatewayOptions(command: Command): Command {
  return command
    .option('--listen <host:port>', 'where it listens for gRPC over HTTP/2; port 0: any free one', '127.0.0.1:50051')
    .option(
      '--wait-for-ready',
      'let calls wait for a service that nobody serves yet, where their metadata wherry-wait-for-ready does not say',
    )
    .addOption(maxMessageBytesOption())
    .option('--no-reflection', 'do not answer grpc.reflection.v1 and v1alpha: let workers do')
    .option('--no-health', 'do not answer grpc.health.v1: let workers do')
    .option('--tls-cert <file>', 'certificate chain (PEM) of the gateway; needs --tls-key')
    .option('--tls-key <file>', "private key (PEM) to the gateway's certificate; needs --tls-cert");
}

/**
 * The gateway's options for these flags.
 *
 * @throws UsageError where only one half of the TLS pair is given; Error where a file cannot be read or is no PEM.
 */
export function gatewayOptions(flags: GatewayFlags): Omit<GatewayOptions, 'brokers'> {
  const { listen, waitForReady, maxMessageBytes, reflection, health } = flags;
  const maxReceiveMessageLength = maxMessageBytes;
  return { listen, waitForReady, maxReceiveMessageLength, reflection, health, credentials: credentials(flags) };
}

function credentials({ tlsCert, tlsKey }: GatewayFlags): ServerCredentials | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('--tls-cert and --tls-key go together');
  const pair = { cert_chain: read('--tls-cert', tlsCert), private_key: read('--tls-key', tlsKey) };
  return ServerCredentials.createSsl(null, [pair]);
}

function read(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`, { cause: error });
  }
}

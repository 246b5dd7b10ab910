import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { readFlagCertificates, readFlagFile } from './flag-files.js';

/** The options that {@link addTargetTlsOptions} adds, as commander gives them. */
export interface TargetTlsFlags {
  readonly tls: boolean | undefined;
  readonly tlsCa: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsServerName: string | undefined;
}

/** Adds the TLS options of a command that calls a gRPC server. Any one of them turns TLS on. */
export function addTargetTlsOptions(command: Command): Command {
  return command
    .option('--tls', "use TLS to the target, and trust the system's authorities")
    .option('--tls-ca <file>', 'use TLS, and trust these authorities (PEM) instead')
    .option('--tls-cert <file>', 'use TLS, with this certificate chain (PEM) as the client; needs --tls-key')
    .option('--tls-key <file>', "private key (PEM) of the client's certificate; needs --tls-cert")
    .option('--tls-server-name <name>', "use TLS, and expect this name in the target's certificate");
}

/**
 * Turns the flags into the credentials and channel options for the target.
 *
 * @throws UsageError if only one of `--tls-cert` and `--tls-key` is given; Error if a file cannot be read or is not PEM.
 */
export function targetCredentials(flags: TargetTlsFlags): {
  credentials: ChannelCredentials;
  channelOptions: ChannelOptions;
} {
  const { tls, tlsCa, tlsCert, tlsKey, tlsServerName } = flags;
  const wanted = [tls, tlsCa, tlsCert, tlsKey, tlsServerName].some((flag) => flag !== undefined);
  if (!wanted) return { credentials: credentials.createInsecure(), channelOptions: {} };
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new UsageError('--tls-cert and --tls-key go together');
  const authorities = tlsCa === undefined ? null : readFlagCertificates('--tls-ca', tlsCa);
  const certificate = tlsCert === undefined ? null : readFlagFile('--tls-cert', tlsCert);
  const key = tlsKey === undefined ? null : readFlagFile('--tls-key', tlsKey);
  return {
    credentials: credentials.createSsl(authorities, key, certificate),
    channelOptions: tlsServerName === undefined ? {} : { 'grpc.ssl_target_name_override': tlsServerName },
  };
}

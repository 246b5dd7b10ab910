import type { Logger } from '@wherry/endpoint';
import { createEgress } from '@wherry/gateway';
import { traceFields } from '@wherry/otel';
import { openWithOptions } from '../errors.js';
import { callLogOptions, createLogger } from '../logging.js';
import { type KafkaFlags, kafkaOptions } from '../options/kafka-options.js';
import type { CallLogFlags, LogFlags } from '../options/log-options.js';
import { type TargetTlsFlags, targetCredentials } from '../options/target-options.js';
import type { TelemetryFlags } from '../options/telemetry-options.js';
import { type Service, serveUntilStopped } from '../serve.js';
import { withTelemetry } from '../telemetry.js';

/** The flags of `wherry egress`. */
export interface EgressFlags extends KafkaFlags, TargetTlsFlags, TelemetryFlags, LogFlags, CallLogFlags {
  readonly target: string;
  readonly service: readonly string[] | undefined;
  readonly targetTimeout: number | undefined;
  readonly concurrency: number | undefined;
  readonly waitForReady: boolean | undefined;
  readonly maxMessageBytes: number | undefined;
  readonly drainTimeout: number | undefined;
}

export async function runEgress(flags: EgressFlags): Promise<void> {
  const logger = await createLogger(flags, 'egress', traceFields);
  await serveUntilStopped(
    (line) => logger.info?.(line),
    () => startEgress(flags, logger),
  );
}

function startEgress(flags: EgressFlags, logger: Logger): Promise<Service> {
  const { target, service, targetTimeout, concurrency, waitForReady, maxMessageBytes, drainTimeout } = flags;
  return withTelemetry(flags, 'wherry-egress', callLogOptions(flags, logger), async (instrumentation) => {
    const egress = await openWithOptions(() =>
      createEgress({
        ...kafkaOptions(flags),
        ...targetCredentials(flags),
        target,
        services: service,
        targetTimeoutMs: targetTimeout,
        concurrency,
        waitForReady,
        maxReceiveMessageLength: maxMessageBytes,
        drainTimeoutMs: drainTimeout,
        logger,
        instrumentation,
      }),
    );
    process.stdout.write(`egress carries ${egress.services.join(', ')} to ${egress.target}\n`);
    return egress;
  });
}

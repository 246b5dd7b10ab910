/**
 * Limits of the registry that an instance keeps in memory. `registryRecordLimits` of @wherry/wire limits one record. An instance skips and
 * counts a record that exceeds a limit, and logs the first one (docs/limits.md). An entry keeps its place until its lease ends, so forged
 * registrations cannot displace those of live workers.
 */
export const registryLimits = {
  /** How many workers are registered. */
  registrations: 10_000,
  /** How many workers are registered for one service. */
  registrationsOfService: 2000,
  /** How many services have a worker. */
  services: 5000,
  /** How many services all registrations name together. A service counts once for each of its workers. */
  servicesOfAll: 100_000,
  /** The length of all registrations, in bytes. Each counts as at least 1 KiB. */
  registrationBytes: 33_554_432,
  /** How many sets of descriptors are kept. */
  descriptors: 10_000,
  /** The length of all descriptors, in bytes. */
  descriptorsBytes: 67_108_864,
} as const;

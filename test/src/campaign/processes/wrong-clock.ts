/**
 * Loaded before everything else (`node --import`): makes the clock of a process late or early, by the milliseconds in `CAMPAIGN_CLOCK_MS`.
 */

const skewMs = Number(process.env['CAMPAIGN_CLOCK_MS'] ?? 0);
const now = Date.now;
Date.now = () => now() + skewMs;

export {};

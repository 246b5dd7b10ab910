/** How many bytes of messages may be on their way to a reader before it has granted more (docs/wire-format.md). */
export const INITIAL_WINDOW = 262_144;
/** A message costs this many bytes beyond its own, so that empty messages are bounded too. */
const MESSAGE_OVERHEAD = 32;

/** The bytes of the window that a message, or a part of one, takes. */
export function windowCost(message: Uint8Array): number {
  return message.length + MESSAGE_OVERHEAD;
}

/** How many bytes of messages may be on their way to a reader before the reader grants more (docs/wire-format.md). */
export const INITIAL_WINDOW = 262_144;
/** A message costs its own length plus this many bytes, so that the window bounds empty messages too. */
const MESSAGE_OVERHEAD = 32;

/** The bytes of the window that a message, or a part of one, takes. */
export function windowCost(message: Uint8Array): number {
  return message.length + MESSAGE_OVERHEAD;
}

import { closest, distance } from 'fastest-levenshtein';

/** The highest number of names that a line lists. */
const LISTED = 8;

/** Suggests the known name that is nearest to `name`, and lists the known names: `; did you mean a.B? Known names: a.B, a.C`. */
export function suggestion(name: string, known: readonly string[]): string {
  const sorted = [...known].sort();
  const meant = nearestName(name, sorted);
  const more = sorted.length > LISTED ? ` and ${sorted.length - LISTED} more` : '';
  const list = sorted.length === 0 ? 'none' : sorted.slice(0, LISTED).join(', ');
  return `${meant === undefined ? '; ' : `; did you mean ${meant}? `}Known names: ${list}${more}`.replace('; K', '; k');
}

/** Returns the known name that ends with this one, or has nearly the same spelling. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  const ends = known.find((one) => one.toLowerCase() === wanted || one.toLowerCase().endsWith(`.${wanted}`));
  if (ends !== undefined || known.length === 0) return ends;
  const near = closest(name, known);
  return distance(wanted, near.toLowerCase()) <= Math.max(2, near.length / 4) ? near : undefined;
}

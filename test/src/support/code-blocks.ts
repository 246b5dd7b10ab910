import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This repository's own folder. */
export const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** The first word behind the fence: `ts`, `console`; empty where there is none. */
  readonly language: string;
  /** The file that it is, by `file=NAME` behind the fence: what a reader puts there, and a test does. */
  readonly file: string | undefined;
  /** What else is behind the fence: `stays`. */
  readonly marks: readonly string[];
  readonly text: string;
  /** Where it begins, for whoever has to look: `docs/tutorial.md:12`. */
  readonly where: string;
}

/** The fenced blocks of a Markdown file of this repository, in order. */
export function codeBlocks(name: string): CodeBlock[] {
  const markdown = readFileSync(`${repository}${name}`, 'utf8');
  return [...markdown.matchAll(/^```(\w*)(?: +(.*))?\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language = '', attributes = '', text = ''] = match;
    const line = markdown.slice(0, match.index).split('\n').length;
    return {
      language,
      file: /\bfile=(\S+)/.exec(attributes)?.[1],
      marks: attributes.split(' '),
      text,
      where: `${name}:${line}`,
    };
  });
}

/** Those that are files, by their names. A file that is there twice is wrong. */
export function filesOf(blocks: readonly CodeBlock[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { file, text, where } of blocks) {
    if (file === undefined) continue;
    if (files.has(file)) throw new Error(`${where}: ${file} is there already`);
    files.set(file, text);
  }
  return files;
}

/** A test double of the vendors' tools, and what they print: constructed, after outputs that people published and the tools' manuals. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Answer, RunTool } from '../../src/server/engines/local/gpus/tool.ts';

export const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../fixtures/gpus', name), 'utf8');
export const printed = (text: string, code = 0): Answer => ({ kind: 'printed', text, code });

/** A test double of the tools: what they answer, by the first words of the call; what isn't told of is absent. */
export const tools =
  (answers: Record<string, Answer>): RunTool =>
  (name, args) => {
    const call = [name, ...args].join(' ');
    const found = Object.keys(answers).find((start) => call.startsWith(start));
    return Promise.resolve(found === undefined ? { kind: 'absent' } : answers[found]!);
  };

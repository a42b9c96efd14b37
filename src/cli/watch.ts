/** Follows runs until they are over: a live bar for each on a terminal, a plain line at each change elsewhere. */
import { followEvents } from '../client/events.ts';
import type { Client } from '../client/api.ts';
import { findOrStartBackend, homeDir } from '../client/backend.ts';
import type { Run } from '../contract/shapes.ts';
import { isOver } from '../contract/status.ts';
import { program } from './program.ts';
import { duration, figureText, nameOf, wholeDone } from '../client/words.ts';

/** Resolves to the runs as they ended, in the order asked for. A backend that goes away is waited for. */
export async function follow(client: Client, ids: readonly string[]): Promise<Run[]> {
  const runs = new Map<string, Run>();
  const screen = process.stdout.isTTY ? new LiveScreen() : new PlainScreen();
  let connected = client;
  await new Promise<void>((resolve) => {
    const show = (run: Run): void => {
      if (!ids.includes(run.executionId)) return;
      runs.set(run.executionId, run);
      screen.show(
        ids.flatMap((id) => runs.get(id) ?? []),
        run,
      );
      if (ids.every((id) => isOver(runs.get(id)?.status ?? 'Created'))) {
        following.stop();
        resolve();
      }
    };
    const following = followEvents(
      async () => (connected = await findOrStartBackend(homeDir(), await program())),
      {
        onReady: (resumed) => {
          if (resumed) return;
          for (const id of ids)
            connected
              .call('getRun', { params: { id } })
              .then(show, (error: unknown) => screen.note(String(error)));
        },
        onEvent: (event) => {
          if (event.event === 'run') show(event.data);
        },
        onBroken: () => screen.note('The backend is away; the training goes on. Waiting for it.'),
      },
    );
  });
  screen.end();
  return ids.flatMap((id) => runs.get(id) ?? []);
}

interface Screen {
  show(all: readonly Run[], changed: Run): void;
  note(text: string): void;
  end(): void;
}

/** Redraws its lines in place, and each second for the clock. */
class LiveScreen implements Screen {
  #lines = 0;
  #runs: readonly Run[] = [];
  #seenAt = Date.now();
  readonly #clock = setInterval(() => this.#draw(), 1000);

  show(all: readonly Run[]): void {
    this.#runs = all;
    this.#seenAt = Date.now();
    this.#draw();
  }

  note(text: string): void {
    this.#clear();
    process.stdout.write(`${text}\n`);
    this.#draw();
  }

  end(): void {
    clearInterval(this.#clock);
    this.#draw();
  }

  #clear(): void {
    if (this.#lines > 0) process.stdout.write(`\x1b[${this.#lines}A\x1b[0J`);
    this.#lines = 0;
  }

  #draw(): void {
    this.#clear();
    const width = process.stdout.columns;
    const later = Date.now() - this.#seenAt;
    for (const run of this.#runs) {
      for (const line of [heading(run, later).slice(0, width - 1), ...wrapped(metrics(run), width - 3)]) {
        process.stdout.write(`${line}\n`);
        this.#lines++;
      }
    }
  }
}

/** A line whenever the status, or the epoch, is another. */
class PlainScreen implements Screen {
  readonly #said = new Map<string, string>();

  show(_all: readonly Run[], changed: Run): void {
    const epoch = changed.summary.find((line) => line.lastEpoch !== null)?.lastEpoch;
    const far = (changed.progress === null ? epoch : wholeDone(changed.progress)) ?? '';
    const why = changed.status === 'In Progress' ? '' : changed.reason;
    const state = `${changed.status} ${far} ${why}`;
    if (this.#said.get(changed.executionId) === state) return;
    this.#said.set(changed.executionId, state);
    process.stdout.write(`${[heading(changed, 0), ...metrics(changed)].join('  ')}\n`);
  }

  note(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  end(): void {}
}

/** "shapes-small v1  In Progress  ████████░░░░  7/12 epoch  14s". */
export function heading(run: Run, laterMs: number): string {
  const parts = [nameOf(run), run.status];
  if (run.progress !== null && run.progress.total > 0) {
    parts.push(
      bar(run.progress.done / run.progress.total),
      `${wholeDone(run.progress)}/${run.progress.total} ${run.progress.unit}`,
    );
  }
  const ticking = run.status === 'In Progress' ? laterMs : 0;
  if (run.durationMs !== null) parts.push(duration(run.durationMs + ticking));
  if (run.reason !== null) parts.push(run.reason);
  return parts.join('  ');
}

function bar(share: number): string {
  const cells = 24;
  const full = Math.max(0, Math.min(cells, Math.round(share * cells)));
  return '█'.repeat(full) + '░'.repeat(cells - full);
}

/** "box_loss 0.122": the latest value of each figure; of one with several legends, the one that was kept for judging. */
export function metrics(run: Run): string[] {
  const shown = new Map<string, string>();
  for (const line of run.summary) {
    if (!shown.has(line.figure) || line.legend === 'val') shown.set(line.figure, figureText(line.last));
  }
  return [...shown].map(([figure, value]) => `${figure} ${value}`);
}

/** Words in lines of a width, indented by two. */
export function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + word.length <= width)
      lines[lines.length - 1] = `${last}  ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}

/** MLflow's own server, as a process of its own, on SQLite and with its artifacts beside it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environments } from '../environments.ts';

/** Starting it takes half a minute and more where others compute, too. */
export const SERVER_DEADLINE_MS = 180_000;

export class MlflowServer {
  #folder = '';
  #process: ChildProcess | null = null;
  #output = '';
  url = '';

  /** @param env what its environment has besides our own */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const programs = await environments.mlflow();
    this.#folder = mkdtempSync(path.join(tmpdir(), 'mlflow-server-'));
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const words = ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
    const database = `sqlite:///${this.database}`;
    const artifacts = path.join(this.#folder, 'artifacts');
    words.push('--backend-store-uri', database, '--artifacts-destination', artifacts);
    const child = spawn(path.join(programs, 'mlflow'), words, {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // It starts processes of its own, which end with its group.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#process = child;
    const deadline = Date.now() + SERVER_DEADLINE_MS;
    const answers = (): Promise<boolean> =>
      fetch(`${this.url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    // It says nothing when it is ready: it is asked.
    while (!(await answers())) {
      assert.ok(child.exitCode === null && Date.now() < deadline, `no server:\n${this.#output}`);
      await delay(250);
    }
  }

  /** The path of the SQLite file that it keeps all in. */
  get database(): string {
    return path.join(this.#folder, 'mlflow.db');
  }

  /** Bytes that all its processes hold. */
  get memory(): number {
    const group = this.#process?.pid ?? 0;
    let pages = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (Number(fields[2]) === group) pages += Number(fields[21]);
      } catch {
        // It has ended since it was listed.
      }
    }
    return pages * 4096;
  }

  end(): void {
    const pid = this.#process?.pid;
    if (pid !== undefined && this.#process?.exitCode === null) process.kill(-pid, 'SIGKILL');
    if (this.#folder !== '') rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

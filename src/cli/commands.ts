/** Every command of `trainyard`: it gets its words and resolves to the exit code, 0 only where the thing asked for happened. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { findBackend, findOrStartBackend, homeDir, stopBackend } from '../client/backend.ts';
import type { Client } from '../client/api.ts';
import { withInstanceThatExists } from '../client/firstService.ts';
import { loadProject, submissionFor } from '../client/project.ts';
import { STORAGE_KINDS } from '../contract/storage.ts';
import { environmentToSend } from '../contract/environment.ts';
import { actionsFor } from '../contract/status.ts';
import type { Run, Service } from '../contract/shapes.ts';
import { stderrLog } from '../server/log.ts';
import { isLoopback } from '../server/http/hosts.ts';
import { serve } from '../server/serve.ts';
import { duration, nameOf } from '../client/words.ts';
import { ageSeconds, prune } from './prune.ts';
import { exportRuns, runWords } from './export.ts';
import { importFrom } from './import.ts';
import { metricsWorker, program, runner, VERSION } from './program.ts';
import { mainMetric, plainLines, progressWords, statusPainted, statusWords, table } from './say.ts';
import { differenceSaid, serviceNamed, serviceTable, settingsFrom, settingsSaid } from './services.ts';
import { follow } from './watch.ts';
import { parsed, setting, statusNamed, UsageError } from './words.ts';

export const USAGE = `Usage: trainyard COMMAND

  train [MODEL ...] [--set key=value] [--watch]   train models of the nearest trainyard.json
  runs [EXECUTION] [--status STATUS,...] [--search TEXT] [--all] [--json]
                                                  list runs, newest first; --json tells what each ran
  logs EXECUTION [-f] [--attempt N]               what a training printed; -f follows it
  export EXECUTION ... [--figure FIGURE ...] [--attempt N] [--format csv|json] [-o FILE]
                                                  every sample, as it was logged
  import PATH|URL [--project DIR]                 bring in runs from elsewhere: folders of Ultralytics, TensorBoard
                                                  or MLflow, CSV logs, mlflow.db, an MLflow server
  abort EXECUTION                                 stop a training
  rerun EXECUTION                                 run an ended one again
  remove EXECUTION [--keep-files] [--yes]         take one out of the list, aborted first where it isn't over
  services [--json]                               list training services
  pause|resume|retry SERVICE                      start nothing more; go on; try again what failed to start
  configure SERVICE key=value ...                 change its settings, such as autoscaling=2 or memory=none
  prune [--environments] [--logs] [--checkpoints] [--older-than 30d] [--yes]
                                                  say what these take, and free what is chosen
  serve [--host HOST] [--port PORT] [--home DIR] [--allow-remote]
                                                  run the backend here; the other commands start it where none runs
  stop                                            end the backend; trainings go on

An EXECUTION is its id (e-...), or a run's name such as "shapes-small v2"; a SERVICE its architecture's id, its name, or its id (s-...).
The home is $TRAINYARD_HOME, else the platform's data folder.
`;

/** So many runs a table shows unless all are asked for. */
const NEWEST = 100;

const refusalOf = (host: string): string =>
  `Trainyard listens on this machine alone, not on ${host}. ` +
  "From elsewhere, use VS Code's Remote-SSH, or an SSH tunnel: ssh -L PORT:127.0.0.1:PORT THIS-MACHINE.\n" +
  'To listen on a network that you trust all the same, say --allow-remote.';

const warningOf = (host: string): string =>
  `Warning: listening on ${host}. Whoever reaches it needs the token, but the token and all data go over the network ` +
  'unencrypted, and whoever has the token runs programs here as you.\n';

type Command = (words: string[]) => Promise<number>;

const backend = async (): Promise<Client> => findOrStartBackend(homeDir(), await program());
const say = (text: string): void => void process.stdout.write(text);

export const commands: Record<string, Command> = {
  async serve(words) {
    const { values } = parsed(words, {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      home: { type: 'string' },
      'allow-remote': { type: 'boolean', default: false },
    });
    if (!isLoopback(values.host)) {
      if (!values['allow-remote']) throw new UsageError(refusalOf(values.host));
      process.stderr.write(warningOf(values.host));
    }
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new UsageError(`"${values.port}" is no port.`);
    const home = values.home ?? homeDir();
    const serving = await serve({
      home,
      host: values.host,
      port,
      version: VERSION,
      runner,
      metricsWorker,
      // One that a person started stays until they end it; one that a client started leaves when it isn't needed.
      endWhenIdleMs: process.stdout.isTTY ? null : 600_000,
      log: stderrLog,
    });
    if (serving === null) {
      const running = await findBackend(home, VERSION);
      say(
        running === null
          ? `A backend is starting in ${home}.\n`
          : `A backend runs in ${home} already, at ${running.address.url}.\n`,
      );
      return 0;
    }
    say(`Trainyard ${VERSION} listens on ${serving.url}. Its token stands in ${home}/server.json.\n`);
    process.once('SIGINT', () => serving.end());
    process.once('SIGTERM', () => serving.end());
    await serving.ended;
    return 0;
  },

  async train(words) {
    const { values, positionals } = parsed(words, {
      set: { type: 'string', multiple: true, default: [] },
      watch: { type: 'boolean', default: false },
    });
    const loaded = await loadProject(process.cwd());
    const names = positionals.length > 0 ? positionals : Object.keys(loaded.project.models);
    if (names.length > 1 && positionals.length === 0) {
      throw new UsageError(`Which model? ${loaded.file} has ${names.join(', ')}.`);
    }
    const set = Object.fromEntries(values.set.map(setting));
    const submissions = await Promise.all(names.map((name) => submissionFor(loaded, name, { set })));
    const client = await backend();
    const compute = await client.call('compute', {});
    const { services } = await client.call('listServices', { query: { project: loaded.folder } });
    const runs: Run[] = [];
    for (const submission of submissions) {
      const { submission: fitting, said } = withInstanceThatExists(submission, compute);
      const service = services.find((one) => one.architecture.id === submission.architecture.id);
      if (service === undefined && said !== null) process.stderr.write(`${said}\n`);
      if (service !== undefined)
        process.stderr.write(differenceSaid(service, submission.architecture.service) ?? '');
      const run = await client.call('submit', {
        headers: { 'idempotency-key': randomUUID() },
        body: fitting,
      });
      runs.push(run);
      say(`${nameOf(run)} is queued: ${run.executionId}\n`);
    }
    if (!values.watch) return 0;
    const ended = await follow(
      client,
      runs.map((run) => run.executionId),
    );
    return ended.every((run) => run.status === 'Success') ? 0 : 1;
  },

  async runs(words) {
    const { values, positionals } = parsed(words, {
      status: { type: 'string' },
      search: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    });
    const status = values.status?.split(',').map(statusNamed).join(',');
    const limit = values.json || values.all ? Infinity : NEWEST;
    const client = await backend();
    if (positionals.length > 0) {
      const { executionId } = await runNamed(client, positionals);
      const run = await client.call('getRun', { params: { id: executionId } });
      say(values.json ? JSON.stringify(run, null, 2) + '\n' : runTable([run]));
      return 0;
    }
    const runs: Run[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.call('listRuns', {
        query: {
          status,
          search: values.search,
          cursor,
          limit: Math.min(limit, 1000),
          ran: values.json ? 'true' : 'false',
        },
      });
      runs.push(...page.runs);
      cursor = page.next ?? undefined;
    } while (runs.length < limit && cursor !== undefined);
    if (values.json) say(JSON.stringify(runs, null, 2) + '\n');
    else if (runs.length > 0) say(runTable(runs));
    else if (status !== undefined || values.search !== undefined) say('No run is like that.\n');
    else say('No runs yet. `trainyard train` starts one.\n');
    if (cursor !== undefined) say(`The newest ${NEWEST}; --all lists the older ones too.\n`);
    return 0;
  },

  async logs(words) {
    const { values, positionals } = parsed(words, {
      follow: { type: 'boolean', short: 'f', default: false },
      attempt: { type: 'string' },
    });
    const client = await backend();
    const run = await runNamed(client, positionals);
    const stream = await client.open('logs', {
      params: { id: run.executionId },
      query: { follow: values.follow ? 'true' : 'false', attempt: values.attempt },
    });
    const shown = process.stdout.isTTY ? stream : plainLines(stream);
    for await (const part of shown) process.stdout.write(part as Uint8Array | string);
    return 0;
  },

  async export(words) {
    const { values, positionals } = parsed(words, {
      figure: { type: 'string', multiple: true, default: [] },
      attempt: { type: 'string' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    });
    const client = await backend();
    const runs: Run[] = [];
    for (const name of runWords(positionals)) runs.push(await runNamed(client, [name]));
    if (runs.length === 0) throw new UsageError('Which execution? `trainyard runs` lists them.');
    const { figure: figures, ...wanted } = values;
    await exportRuns(client, runs, { figures, ...wanted });
    return 0;
  },

  async import(words) {
    const { values, positionals } = parsed(words, { project: { type: 'string' } });
    const project =
      values.project ??
      (await loadProject(process.cwd()).then(
        ({ folder }) => folder,
        () => null,
      ));
    return importFrom(await backend(), positionals, project === null ? null : path.resolve(project), say);
  },

  async abort(words) {
    const { positionals } = parsed(words, {});
    const client = await backend();
    const { executionId } = await runNamed(client, positionals);
    await client.call('abort', { params: { id: executionId } });
    const [run] = await follow(client, [executionId]);
    return run?.status === 'Terminated' ? 0 : 1;
  },

  async rerun(words) {
    const { positionals } = parsed(words, {});
    const client = await backend();
    const run = await runNamed(client, positionals);
    const again = await client.call('rerun', {
      params: { id: run.executionId },
      body: { environment: environmentToSend(process.env) },
    });
    say(`${nameOf(again)} runs again, attempt ${again.attempt}.\n`);
    return 0;
  },

  async remove(words) {
    const { values, positionals } = parsed(words, {
      yes: { type: 'boolean', default: false },
      'keep-files': { type: 'boolean', default: false },
    });
    const client = await backend();
    const run = await runNamed(client, positionals);
    const keeps = values['keep-files'];
    const over = actionsFor(run).remove;
    if (!values.yes) {
      const first = over ? '' : 'aborts and ';
      const files = keeps ? 'and keeps its files' : 'with its files';
      throw new UsageError(`This ${first}removes ${nameOf(run)} ${files}. Say it again with --yes.`);
    }
    if (!over) {
      if (!run.stopping) await client.call('abort', { params: { id: run.executionId } });
      await follow(client, [run.executionId]);
    }
    await client.call('remove', {
      params: { id: run.executionId },
      query: { files: keeps ? 'keep' : 'delete' },
    });
    say(`${nameOf(run)} is removed.\n`);
    return 0;
  },

  async services(words) {
    const { values } = parsed(words, { json: { type: 'boolean', default: false } });
    const { services } = await (await backend()).call('listServices', {});
    if (values.json) say(JSON.stringify(services, null, 2) + '\n');
    else if (services.length === 0)
      say('No training services yet. The first training of an architecture makes one.\n');
    else say(serviceTable(services));
    return 0;
  },

  async pause(words) {
    const { client, service } = await chosenService(words);
    await client.call('pauseService', { params: { id: service.id } });
    say(`${service.name} is paused: it starts nothing more; what runs goes on.\n`);
    return 0;
  },

  async resume(words) {
    const { client, service } = await chosenService(words);
    await client.call('resumeService', { params: { id: service.id } });
    say(`${service.name} takes up its queue again.\n`);
    return 0;
  },

  async retry(words) {
    const { client, service } = await chosenService(words);
    await client.call('retryService', { params: { id: service.id } });
    say(`${service.name} tries again now.\n`);
    return 0;
  },

  async configure(words) {
    const { positionals } = parsed(words, {});
    const { client, service } = await chosenService(positionals.slice(0, 1));
    const settings = settingsFrom(positionals.slice(1));
    const changed = await client.call('changeService', { params: { id: service.id }, body: { settings } });
    say(settingsSaid(service, changed));
    return 0;
  },

  async prune(words) {
    const { values, positionals } = parsed(words, {
      environments: { type: 'boolean', default: false },
      logs: { type: 'boolean', default: false },
      checkpoints: { type: 'boolean', default: false },
      'older-than': { type: 'string', default: '0s' },
      yes: { type: 'boolean', default: false },
    });
    const [stray] = positionals;
    if (stray !== undefined) throw new UsageError(`What is "${stray}"? Say --${stray} where it is a kind.`);
    const olderThanSeconds = ageSeconds(values['older-than']);
    if (olderThanSeconds === null)
      throw new UsageError(
        `--older-than takes an age such as 30d, 12h or 2w, not "${values['older-than']}".`,
      );
    const kinds = STORAGE_KINDS.filter((kind) => values[kind]);
    return prune(await backend(), { kinds, olderThanSeconds, yes: values.yes }, say);
  },

  async stop() {
    const home = homeDir();
    const client = await findBackend(home, VERSION);
    if (client === null) say(`No backend runs in ${home}.\n`);
    else {
      await stopBackend(client);
      say('The backend has ended. Trainings go on; the next command takes them up.\n');
    }
    return 0;
  },
};

/** The service that the words name, this project's before another's. */
async function chosenService(words: string[]): Promise<{ client: Client; service: Service }> {
  const { positionals } = parsed(words, {});
  // A service outlives its project file, and is paused from anywhere.
  const project = await loadProject(process.cwd()).then(
    ({ folder }) => folder,
    () => null,
  );
  const client = await backend();
  return { client, service: await serviceNamed(client, positionals, project) };
}

function runTable(runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    nameOf(run),
    statusWords(run),
    progressWords(run),
    run.durationMs === null ? '' : duration(run.durationMs),
    mainMetric(run),
    run.executionId,
    run.reason ?? '',
  ]);
  return table(['NAME', 'STATUS', 'PROGRESS', 'DURATION', 'BEST', 'EXECUTION', ''], rows, (line, i) =>
    runs[i] === undefined ? line : statusPainted(line, runs[i]),
  );
}

/** A run by its execution id, or by the name that tables show ("shapes-small v2", or "shapes-small" for its newest version). */
async function runNamed(client: Client, words: readonly string[]): Promise<Run> {
  const name = words.join(' ');
  if (name === '') throw new UsageError('Which execution? `trainyard runs` lists them.');
  if (/^e-[0-9a-z]+$/.test(name)) return client.call('getRun', { params: { id: name } });
  const { runs } = await client.call('listRuns', {
    query: { search: name.replace(/ v\d+$/, ''), limit: 1000 },
  });
  const found = runs.find((run) => nameOf(run) === name || run.model.name === name);
  if (found === undefined) throw new UsageError(`There is no run "${name}". \`trainyard runs\` lists them.`);
  return found;
}

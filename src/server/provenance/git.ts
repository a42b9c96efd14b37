/**
 * The state of a project's git repository. Git is run without a shell, changes nothing (not even its index), runs no program that the
 * repository names but filters such as git-lfs's, and gets a deadline: what it can't tell by then is said to be cut.
 */
import { execFile } from 'node:child_process';
import type { RanCode } from '../../contract/ran.ts';

const DEADLINE_MS = 2_000;
const MAX_PATCH_BYTES = 2 ** 20;
const MAX_UNTRACKED = 1_000;
/** The tree without files, which every SHA-1 repository knows: what a repository without a commit differs from. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
/** Files whose content is a secret as a rule: their differences are left out. */
const SECRETS = ['.env', '.env.*', '*.pem', '*.key', 'id_rsa*', 'id_ed25519*', '.netrc', '.npmrc', '.pypirc'];
const CODE =
  /\.(pyx?|pyi|ipynb|json[c5]?|ya?ml|toml|cfg|ini|txt|md|sh|c|cc|cpp|cu|cuh|h|hpp|js|ts|rs|go|r|jl|lua)$|(^|\/)(Makefile|Dockerfile)$/i;

/** As `git apply` takes it, whatever the user's settings, and by git's own means alone. */
const DIFF = [
  '-c diff.noprefix=false -c diff.mnemonicPrefix=false -c diff.relative=false diff --no-color --no-ext-diff',
  '--no-textconv --binary --src-prefix=a/ --dst-prefix=b/',
].flatMap((words) => words.split(' '));

interface Said {
  text: string;
  /** It ended with 0 and all that it said is there. */
  whole: boolean;
  /** Why it isn't, where that is neither the deadline nor the length. */
  failure: string | null;
  /** Git isn't there, or has nothing to do with this folder. */
  absent: boolean;
}

/**
 * @param folder an absolute path
 * @returns null where it isn't in a git repository, or no git is here. Never rejects; `notes` says what couldn't be told.
 */
export async function codeOf(
  folder: string,
  signal?: AbortSignal,
): Promise<{ code: RanCode | null; notes: string[] }> {
  const ask = (words: readonly string[]): Promise<Said> => git(folder, words, signal);
  const place = await ask(['rev-parse', '--show-toplevel', 'HEAD']);
  const [root = '', head = ''] = place.text.split('\n');
  // Without a commit it says "HEAD" again, and fails.
  const commit = /^[0-9a-f]{40,64}$/.test(head) ? head : undefined;
  if (root === '') {
    const note = place.absent ? [] : [`Git couldn't be asked: ${place.failure ?? 'it took too long'}.`];
    return { code: null, notes: note };
  }
  const pathspec = [':/', ...SECRETS.map((name) => `:(exclude,top,glob)**/${name}`)];
  const [branch, remotes, patch, untracked] = await Promise.all([
    ask(['symbolic-ref', '--short', '--quiet', 'HEAD']),
    ask(['config', '--get-regexp', String.raw`^remote\..*\.url$`]),
    ask([...DIFF, commit ?? EMPTY_TREE, '--', ...pathspec]),
    ask(['ls-files', '--others', '--exclude-standard', '--full-name', '-z', '--', ':/']),
  ]);
  // What stands behind the last zero was cut off.
  const listed = untracked.text.split('\0').filter((name, i, all) => i < all.length - 1 && CODE.test(name));
  const notes: string[] = [];
  if (patch.failure !== null) notes.push(`The uncommitted difference couldn't be made: ${patch.failure}.`);
  else if (!patch.whole) notes.push('The uncommitted difference is cut: it was too long, or took too long.');
  if (patch.text.includes('\uFFFD')) notes.push("The uncommitted difference isn't all UTF-8, and not exact.");
  const untrackedCut = !untracked.whole || listed.length > MAX_UNTRACKED;
  if (untrackedCut) notes.push('Not all untracked files are listed.');
  const code: RanCode = {
    root,
    commit: commit ?? null,
    branch: branch.text.trim() || null,
    remote: originOf(remotes.text),
    patch: patch.failure === null ? patch.text : null,
    patchBytes: Buffer.byteLength(patch.text),
    patchCut: patch.failure === null && !patch.whole,
    untracked: untracked.failure === null ? listed.slice(0, MAX_UNTRACKED) : null,
    untrackedCut,
  };
  return { code, notes };
}

function git(folder: string, words: readonly string[], signal?: AbortSignal): Promise<Said> {
  // A backend that was started from a git hook would have variables that name another repository.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(own), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  const args = ['-c', 'core.fsmonitor=false', '-c', 'core.quotePath=false', ...words];
  return new Promise((resolve) => {
    const options = { cwd: folder, env, timeout: DEADLINE_MS, maxBuffer: MAX_PATCH_BYTES, signal };
    execFile('git', args, { ...options, killSignal: 'SIGKILL' }, (error, text, complaint) => {
      const cut = error?.killed === true || error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
      const failed = error !== null && !cut;
      const why = complaint.split('\n')[0]?.replace(/^fatal: /, '') ?? '';
      resolve({
        text,
        whole: error === null,
        failure: failed ? why || error.message : null,
        absent: failed && (error.code === 'ENOENT' || /not a git repository/i.test(complaint)),
      });
    });
  });
}

/** Of lines such as "remote.origin.url https://…" the origin's, else the first. */
function originOf(text: string): string | null {
  const remotes = text.split('\n').flatMap((line) => {
    const [, name, url] = /^remote\.(.*)\.url (.*)$/.exec(line) ?? [];
    return name === undefined || url === undefined ? [] : [{ name, url }];
  });
  const chosen = remotes.find(({ name }) => name === 'origin') ?? remotes[0];
  return chosen === undefined ? null : withoutCredentials(chosen.url);
}

/** A remote's address without what opens it: users and passwords, and what follows a "?". An SSH user's name stays. */
export function withoutCredentials(url: string): string {
  // "ext::sh -c …": the words of a helper may be anything.
  const helper = /^\w+::/.exec(url);
  if (helper !== null) return helper[0];
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/]*)@)?([^?#]*)/i.exec(url);
  if (parts !== null) {
    const [, scheme = '', user, rest = ''] = parts;
    const name = /ssh/i.test(scheme) && user !== undefined ? `${user.split(':')[0]}@` : '';
    return `${scheme}://${name}${rest}`;
  }
  // "git@host:path"; a path of this machine has no "@" before a ":".
  const [, user, rest] = /^([^/]*)@([^@/]*:.*)$/.exec(url) ?? [];
  return user === undefined || rest === undefined ? url : `${user.split(':')[0]}@${rest}`;
}

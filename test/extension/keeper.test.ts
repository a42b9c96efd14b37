import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CallError, createClient, type Client } from '../../src/client/api.ts';
import type { Following } from '../../src/client/events.ts';
import { Keeper } from '../../src/extension/keeper.ts';
import type { ConnectionState } from '../../src/extension/interfaces.ts';

// The backend and the clock are the test's; what is proved is when the keeper starts one, waits, and gives up.

const client: Client = createClient({ url: 'http://127.0.0.1:1', token: 't' });
const unreachable = new CallError('unreachable', null, 'It broke off.', null);

/** As `followEvents`: asks for a client, tells that it stands, is broken by the test, and tries again. */
class Stream {
  #ended = false;
  readonly #connect: () => Promise<Client>;
  readonly #following: Following;

  constructor(connect: () => Promise<Client>, following: Following) {
    this.#connect = connect;
    this.#following = following;
  }

  stop(): void {
    this.#ended = true;
  }

  /** One try to connect; resolves when its outcome was told. */
  async connect(): Promise<void> {
    if (this.#ended) return;
    try {
      await this.#connect();
    } catch (error) {
      if (!this.#ended) this.#following.onBroken(error as Error);
      return;
    }
    this.#following.onReady(false);
  }

  breakOff(): void {
    this.#following.onBroken(unreachable);
  }
}

describe('The keeper of the backend', () => {
  let own = true;
  let running = false;
  let startError: CallError | null = null;
  let starts = 0;
  let pauses: number[] = [];
  let now = 0;
  let states: ConnectionState[] = [];
  let troubles: string[] = [];
  let stream: Stream | null = null;
  let keeper: Keeper;

  const kinds = (): string[] => states.map((state) => state.kind);
  const started = (): Stream => {
    keeper.start();
    return stream!;
  };
  const die = (): void => {
    running = false;
    stream?.breakOff();
  };

  beforeEach(() => {
    own = true;
    running = false;
    startError = null;
    starts = 0;
    pauses = [];
    now = 0;
    states = [];
    troubles = [];
    keeper = new Keeper(
      {
        own: () => own,
        find: () => Promise.resolve(running ? client : null),
        findOrStart: () => {
          starts++;
          if (startError !== null) return Promise.reject(startError);
          running = true;
          return Promise.resolve(client);
        },
        follow: (connect, following) => (stream = new Stream(connect, following)),
        pause: (ms) => {
          pauses.push(ms);
          now += ms;
          return Promise.resolve();
        },
        now: () => now,
      },
      {
        onState: (state) => states.push(state),
        onEvent: () => undefined,
        onConnect: () => undefined,
        onTrouble: (message) => troubles.push(message),
      },
    );
  });

  it('starts a backend where none runs', async () => {
    await started().connect();
    assert.deepEqual([starts, pauses, kinds()], [1, [], ['connecting', 'connected']]);
    assert.equal(keeper.client, client);
  });

  it('starts none where one runs', async () => {
    running = true;
    await started().connect();
    assert.deepEqual([starts, kinds()], [0, ['connecting', 'connected']]);
  });

  it('starts none where the stream alone broke', async () => {
    const following = started();
    await following.connect();
    following.breakOff();
    await following.connect();
    assert.deepEqual([starts, pauses], [1, []]);
    assert.deepEqual(kinds(), ['connecting', 'connected', 'connecting', 'connected']);
  });

  it('starts one that dies again after 1, 2 and 4 s, and then says why it no longer does', async () => {
    const following = started();
    for (let i = 0; i < 5; i++) {
      await following.connect();
      if (i < 4) die();
    }
    assert.deepEqual([starts, pauses], [4, [1000, 2000, 4000]]);
    assert.deepEqual(states.at(-1), { kind: 'failed', message: 'It broke off.', hint: 'The log says more.' });
  });

  it('counts anew after a good connection', async () => {
    const following = started();
    await following.connect();
    for (let i = 0; i < 5; i++) {
      now += 5_000;
      die();
      await following.connect();
    }
    assert.deepEqual(pauses, [1000, 1000, 1000, 1000, 1000]);
    assert.equal(kinds().at(-1), 'connected');
  });

  it("gives up with the backend's own words where it can't be started", async () => {
    startError = new CallError('start', null, 'No space left.', 'Free some disk.');
    const following = started();
    for (let i = 0; i < 5; i++) await following.connect();
    assert.deepEqual([starts, pauses], [4, [1000, 2000, 4000]]);
    assert.deepEqual(states.at(-1), { kind: 'failed', message: 'No space left.', hint: 'Free some disk.' });
    await following.connect();
    assert.equal(starts, 4, 'nothing goes on after that');
  });

  it("gives up at once where the backend is of a version that it can't talk to", async () => {
    startError = new CallError('version', null, 'Too new.', 'Update.');
    await started().connect();
    assert.deepEqual([starts, kinds()], [1, ['connecting', 'failed']]);
  });

  it('gives up at once where the token of another backend is wrong', async () => {
    own = false;
    startError = new CallError('no-token', 401, 'Not this token.', 'Connect with another.');
    await started().connect();
    assert.deepEqual([starts, kinds()], [1, ['connecting', 'failed']]);
  });

  it("ends no backend that isn't this machine's own when it begins again", async () => {
    own = false;
    running = true;
    await started().connect();
    // Were it asked to end it, the call would be refused: nothing listens there.
    await keeper.restart();
    await stream!.connect();
    assert.deepEqual(kinds(), ['connecting', 'connected', 'connecting', 'connecting', 'connected']);
    assert.deepEqual(troubles, []);
  });

  it('says that it ended the backend, and starts none until it is asked to', async () => {
    await started().connect();
    running = false;
    await keeper.endBackend();
    assert.deepEqual(states.at(-1)?.kind, 'failed');
    assert.equal(starts, 1);
    await keeper.restart();
    await stream!.connect();
    assert.deepEqual([starts, kinds().at(-1)], [2, 'connected']);
  });

  it('gives up where a living backend drops it again and again', async () => {
    running = true;
    const following = started();
    for (let i = 0; i < 10; i++) {
      await following.connect();
      following.breakOff();
    }
    assert.equal(kinds().at(-1), 'failed');
    assert.equal(starts, 0);
  });

  it('begins with a full count when it is started again by hand', async () => {
    startError = new CallError('start', null, 'No space left.', null);
    const following = started();
    for (let i = 0; i < 5; i++) await following.connect();
    startError = null;
    await keeper.restart();
    await stream!.connect();
    assert.deepEqual(kinds().slice(-3), ['connecting', 'connecting', 'connected']);
  });

  it('starts nothing after it was stopped while it waited', async () => {
    const following = started();
    await following.connect();
    running = false;
    following.breakOff();
    const trying = following.connect();
    keeper.stop();
    await trying;
    assert.equal(starts, 1);
  });
});

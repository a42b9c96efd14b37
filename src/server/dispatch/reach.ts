/** Questions to an engine that may not be there, and whether it was. */
import { EngineUnreachable, type Engine } from '../engines/engine.ts';

export class Reach {
  readonly #engine: Engine;
  #why: string | null | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Why the engine didn't answer since the last `forget`; null where it did; undefined where it wasn't asked. */
  get why(): string | null | undefined {
    return this.#why;
  }

  forget(): void {
    this.#why = undefined;
  }

  /** The answer, or null where the engine can't be reached. */
  async ask<T>(question: (engine: Engine) => Promise<T>): Promise<T | null> {
    try {
      const answer = await question(this.#engine);
      this.#why ??= null;
      return answer;
    } catch (error) {
      if (!(error instanceof EngineUnreachable)) throw error;
      this.#why = error.message;
      return null;
    }
  }
}

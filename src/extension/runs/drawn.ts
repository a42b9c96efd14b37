/** What VS Code has of a tree's rows: only rows that say something else by now are worth drawing anew. Pure. */
export class Drawn<Node> {
  readonly #say: (node: Node) => string;
  readonly #said = new Map<Node, string>();

  /** @param say all that a row shows, its hover and the order of the rows under it included */
  constructor(say: (node: Node) => string) {
    this.#say = say;
  }

  /** VS Code asked for this row. */
  note(node: Node): void {
    this.#said.set(node, this.#say(node));
  }

  /** The rows that say something else than VS Code has. */
  stale(among: (node: Node) => boolean = () => true): Node[] {
    return [...this.#said].flatMap(([node, said]) => (among(node) && this.#say(node) !== said ? [node] : []));
  }

  /** All rows are drawn anew. */
  clear(): void {
    this.#said.clear();
  }
}

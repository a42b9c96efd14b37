/** What a search for runs means, in the tree and in the tables alike. Pure. */

export interface Searchable {
  name: string;
  version: number;
  architecture: string;
  /** Of the model and of the execution. */
  ids: readonly string[];
}

/** So many letters of an id are no accident: every tenth run has "v2" or "e5" somewhere in one of its two. */
const PART_OF_ID = 4;

/**
 * Every word must be found, in whatever case: anywhere in the name and version or the architecture, at the beginning of the model id
 * or the execution id, or from four letters on anywhere in them.
 */
export function searcher(search: string): (run: Searchable) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => true;
  return ({ name, version, architecture, ids }) => {
    const names = `${name} v${version}\n${architecture}`.toLowerCase();
    return words.every(
      (word) =>
        names.includes(word) ||
        ids.some((id) => (word.length < PART_OF_ID ? id.startsWith(word) : id.includes(word))),
    );
  };
}

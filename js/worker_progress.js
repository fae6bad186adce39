/* What a job tells before it is done: its place in line, how far it is, and partial results. */

/**
 * @typedef {object} ProgressEvent
 * @property {number | null} fraction 0 to 1; null: the job does not say
 * @property {string} text what it is doing
 * @property {number | null} position its place among those that wait, 1: the next; null: it runs
 *
 * @typedef {object} ItemEvent
 * @property {any} item
 * @property {number} index from 0, without a gap
 *
 * @typedef {object} Answer
 * @property {boolean} done
 * @property {number} [position]
 * @property {{fraction: number | null, text: string}} [progress]
 * @property {any[]} [items]
 * @property {number} [first] index of the first of the items
 */

export class Progress {
  #emit;
  #wantsItems;
  #last = { fraction: null, text: "", position: null };
  #items = 0;

  /**
   * @param {(name: "onprogress" | "onitem", event: ProgressEvent | ItemEvent) => void} emit
   * @param {() => boolean} wantsItems whether anybody would be told of one
   */
  constructor(emit, wantsItems) {
    this.#emit = emit;
    this.#wantsItems = wantsItems;
  }

  /** How many items there were, to be told to the server; undefined: none are wanted. */
  get seen() {
    return this.#wantsItems() ? this.#items : undefined;
  }

  /** Whether it is known to wait for its turn. */
  get waiting() {
    return this.#last.position !== null;
  }

  /**
   * Pass on what an answer tells.
   *
   * @param {Answer} answer
   */
  answered({ done, position, progress, items = [], first = 0 }) {
    if (!done) this.moved({ position, progress });
    for (const [offset, item] of items.entries()) this.item(item, first + offset);
  }

  /** It has moved on, in line or in its work; absent fields are not known. */
  moved({ position = null, progress = {} }) {
    const { fraction = null, text = "" } = progress;
    const last = this.#last;
    if (fraction === last.fraction && text === last.text && position === last.position) return;
    this.#last = { fraction, text, position };
    this.#emit("onprogress", { fraction, text, position });
  }

  /** One may come twice, by the stream and by an answer; what comes too early comes again. */
  item(item, index) {
    if (index !== this.#items) return;
    this.#items++;
    this.#emit("onitem", { item, index });
  }
}

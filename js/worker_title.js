/* A spinner in the title of the document, for as long as jobs run. */

const SHARED = Symbol.for("quick_htag.worker_title"); // known to a second copy of this script too

/**
 * @typedef {object} Animation read again for every frame
 * @property {string[]} animation the frames
 * @property {number} animationTime milliseconds of a frame
 */

export class TitleSpinner {
  #document;
  #timers;
  #config;
  #counts = new Map(); // jobs of each owner that has any
  #timer = null;
  #frame = 0;
  #base = ""; // the title without the spinner
  #shown = ""; // what was put there last; anything else is from outside

  /**
   * @param {{title: string}} document
   * @param {{setTimeout: Function, clearTimeout: Function}} timers
   * @param {Animation} config
   */
  constructor(document, timers, config) {
    this.#document = document;
    this.#timers = timers;
    this.#config = config;
  }

  /**
   * The spinner of a document. It has one title, so it has one spinner, whoever asks.
   *
   * @param {{title: string}} document
   * @param {{setTimeout: Function, clearTimeout: Function}} timers
   * @param {Animation} config
   * @returns {TitleSpinner}
   */
  static of(document, timers, config) {
    document[SHARED] ??= new TitleSpinner(document, timers, config);
    return document[SHARED];
  }

  /**
   * Say how many jobs somebody has; the spinner counts those of all.
   *
   * @param {object} owner
   * @param {number} count
   */
  set(owner, count) {
    if (count > 0) this.#counts.set(owner, count);
    else this.#counts.delete(owner);
    if (this.#counts.size === 0) this.#stop();
    else if (this.#timer === null) this.#turn();
  }

  #turn() {
    const { animation, animationTime } = this.#config;
    this.#adopt();
    let jobs = 0;
    for (const count of this.#counts.values()) jobs += count;
    const frame = animation[this.#frame++ % animation.length] ?? "";
    const times = jobs > 1 ? ` (${jobs}x)` : "";
    this.#document.title = `${this.#base} ${frame}${times}`;
    this.#shown = this.#document.title; // browsers strip white space at the ends
    this.#timer = this.#timers.setTimeout(() => this.#turn(), animationTime);
  }

  #stop() {
    if (this.#timer === null) return;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = null;
    this.#adopt();
    this.#document.title = this.#base;
    this.#shown = "";
  }

  #adopt() {
    const { title } = this.#document;
    if (this.#shown === "" || title !== this.#shown) this.#base = title;
  }
}

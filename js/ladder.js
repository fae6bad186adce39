/*
 * Which transport to try: the best one first, the next when it does not open. What has worked
 * before gets a second chance, and what keeps breaking soon after it opened is left, too.
 */

const BRIEF_LIMIT = 3; // connections in a row that broke soon

export class Ladder {
  #names;
  #level = 0;
  #worked = new Set(); // levels
  #misses = 0; // attempts in a row that did not open
  #brief = 0;
  #harmful = new Set(); // names that are not tried beside another one again

  /** @param {string[]} names of the transports, the best first */
  constructor(names) {
    this.#names = names;
  }

  /** The transport to try, or in use. */
  get name() {
    return this.#names[this.#level];
  }

  /** Whether there is nothing below. */
  get lowest() {
    return this.#level === this.#names.length - 1;
  }

  /** The transports that would be better, the best first. */
  get better() {
    return this.#names.slice(0, this.#level).filter((name) => !this.#harmful.has(name));
  }

  /**
   * An attempt to do better broke the connection in use and did not open: some network takes the
   * request and keeps the answers.
   *
   * @param {string} name
   */
  harmed(name) {
    this.#harmful.add(name);
  }

  /** An attempt did not open; true when the next one should follow at once. */
  failed() {
    this.#misses += 1;
    if (this.#misses < 2 && this.#worked.has(this.#level)) return false;
    this.#misses = 0;
    if (this.lowest) this.#level = 0;
    else this.#level += 1;
    return this.#level > 0;
  }

  /**
   * A connection is open.
   *
   * @param {string} name its transport, which is the one in use now
   */
  opened(name) {
    this.#level = this.#names.indexOf(name);
    this.#worked.add(this.#level);
    this.#misses = 0;
  }

  /**
   * An open connection broke.
   *
   * @param {boolean} soon after it was opened
   */
  broke(soon) {
    this.#brief = soon ? this.#brief + 1 : 0;
    if (this.#brief < BRIEF_LIMIT || this.lowest) return;
    this.#brief = 0;
    this.#level += 1;
  }

  /** Begin with the best one again. */
  reset() {
    this.#level = this.#misses = this.#brief = 0;
    this.#harmful.clear();
  }
}

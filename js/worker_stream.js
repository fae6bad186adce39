/*
 * Server-sent events about running jobs, so that nothing has to be asked for repeatedly.
 *
 * A stream keeps one of the six connections that a browser, all of its tabs together, opens to a
 * server. So a page has two at most, and none while it is hidden; other jobs are asked for.
 */

const AT_ONCE = 2; // streams of a page
const SHARED = Symbol.for("quick_htag.worker_streams"); // known to a second copy of this script too

/**
 * @typedef {object} Follower
 * @property {(news: {position?: number, progress?: object}) => void} moved
 * @property {(item: any, index: number) => void} item
 * @property {() => void} ended the stream is over: done, closed, or never there
 */

export class Streams {
  #platform;
  #open = new Set();
  #refused = new Set(); // addresses that have no streams
  #visibility = () => this.#changed();

  /** @param {{EventSource?: typeof EventSource, document?: Document}} platform */
  constructor(platform) {
    this.#platform = platform;
  }

  /** The streams of a page. */
  static of(platform) {
    const page = platform.window ?? platform;
    page[SHARED] ??= new Streams(platform);
    return page[SHARED];
  }

  /**
   * Follow a job, if there may be one more stream.
   *
   * @param {string} url of the endpoint
   * @param {string} token
   * @param {number | undefined} seen
   * @param {Follower} follower
   * @returns {Stream | null}
   */
  follow(url, token, seen, follower) {
    const { EventSource, document } = this.#platform;
    if (!EventSource || this.#open.size >= AT_ONCE || this.#refused.has(url)) return null;
    if (document?.visibilityState === "hidden") return null;
    const query = new URLSearchParams(seen === undefined ? { token } : { token, seen });
    const source = new EventSource(`${url}${url.includes("?") ? "&" : "?"}${query}`);
    const stream = new Stream(source, follower, (wasOpen) => {
      this.#open.delete(stream);
      if (!wasOpen) this.#refused.add(url);
      if (this.#open.size === 0) document?.removeEventListener("visibilitychange", this.#visibility);
    });
    if (this.#open.size === 0) document?.addEventListener("visibilitychange", this.#visibility);
    this.#open.add(stream);
    return stream;
  }

  #changed() {
    if (this.#platform.document.visibilityState !== "hidden") return;
    for (const stream of [...this.#open]) stream.end();
  }
}

export class Stream {
  #source;
  #follower;
  #released;

  /** Whether the server has answered, and events come. */
  open = false;

  /**
   * @param {EventSource} source
   * @param {Follower} follower
   * @param {(wasOpen: boolean) => void} released told once
   */
  constructor(source, follower, released) {
    this.#source = source;
    this.#follower = follower;
    this.#released = released;
    source.onopen = () => (this.open = true);
    // Closed instead of left to connect again by itself: only `get` can tell what became of the job.
    source.onerror = () => this.#ends(this.open);
    this.#on("queued", (data) => this.#follower?.moved(data));
    this.#on("progress", (progress) => this.#follower?.moved({ progress }));
    this.#on("item", (item, number) => this.#follower?.item(item, number - 1));
    this.#on("end", () => this.#ends(true));
  }

  /** Stop following; whoever follows is told. */
  end() {
    this.#ends(true);
  }

  /** Stop following without a word. */
  close() {
    this.#follower = null;
    this.#ends(true);
  }

  #on(name, handler) {
    this.#source.addEventListener(name, ({ data, lastEventId }) => {
      handler(JSON.parse(data), Number(lastEventId));
    });
  }

  #ends(wasOpen) {
    if (this.#released === null) return;
    this.#source.close();
    this.#released(wasOpen);
    this.#released = null;
    this.#follower?.ended();
  }
}

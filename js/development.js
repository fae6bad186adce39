/*
 * A page of a program that is started again when its files change. When its line breaks it asks for
 * the next start of the program: then it loads itself anew, where the user was. Until then it shows
 * what keeps the program from running, which its parent process answers in its place.
 */
import { below } from "./address.js";

const PLACE = "quick_htag_place";
const PAUSE = 200; // ms before the next question, twice as long each time ...
const LONGEST_PAUSE = 2000; // ... and never longer
const GROWING = 1500; // ms in which a new page may still become as long as the one before
const OUR_ENDS = ["closed", "insecure"]; // of lines that the page has ended

export class Development {
  #platform;
  #overlay;
  #start;
  #leave;
  #asking = null; // an AbortController while it asks
  #otherwise = null; // what to do about the end of the line when this start is still there

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {import("./overlay.js").Overlay} overlay
   * @param {string} start names the start of the program that made this page
   * @param {() => void} [leave] called right before the page is loaded again
   */
  constructor(platform, overlay, start, leave = () => {}) {
    this.#platform = platform;
    this.#overlay = overlay;
    this.#start = start;
    this.#leave = leave;
  }

  /**
   * Hear of a new status of the transport.
   *
   * @param {import("./transport.js").Status} status
   * @param {() => void} otherwise called, perhaps later, unless the page is loaded again
   */
  update({ state, reason }, otherwise) {
    // Whatever the server says as it ends the line may be of a start that knows nothing of this page.
    if (state === "ended" && !OUR_ENDS.includes(reason)) {
      this.#ask(otherwise);
      return;
    }
    if (state === "lost") this.#ask(null);
    else this.#stop();
    otherwise();
  }

  /** Go where the user was before the page was loaded again; with the first content, or later. */
  restorePlace() {
    const { window, location, setTimeout } = this.#platform;
    const { sessionStorage } = window;
    const text = sessionStorage.getItem(PLACE);
    if (!text) return;
    sessionStorage.removeItem(PLACE);
    const { pathname, left, top } = JSON.parse(text);
    if (pathname !== location.pathname) return;
    const there = () => Math.abs(window.scrollY - top) < 1;
    let pauses = GROWING / 50;
    const go = () => {
      window.scrollTo(left, top);
      if (!there() && pauses-- > 0) setTimeout(go, 50);
    };
    go();
  }

  #reload() {
    const { window, location } = this.#platform;
    this.#stop();
    const { scrollX: left, scrollY: top } = window;
    const { pathname } = location;
    window.sessionStorage.setItem(PLACE, JSON.stringify({ pathname, left, top }));
    this.#leave();
    location.reload();
  }

  #stop() {
    this.#asking?.abort();
    this.#asking = this.#otherwise = null;
    this.#overlay.showProblem("");
  }

  #ask(otherwise) {
    this.#otherwise = otherwise;
    if (this.#asking) return;
    this.#asking = new this.#platform.AbortController();
    this.#untilKnown(this.#asking);
  }

  /**
   * Ask until the next start is there, or the line is back. The answer that it is this start may
   * come from a program that is about to end, so that is no reason to stop asking.
   */
  async #untilKnown(asking) {
    let seen = "";
    let pause = PAUSE;
    while (asking === this.#asking) {
      const { start, problem, number } = await this.#answer(seen, asking.signal);
      if (asking !== this.#asking) return;
      if (start && start !== this.#start) return this.#reload();
      if (problem) {
        this.#overlay.showProblem(problem);
        seen = number; // from now on the answer comes when something changes
        pause = PAUSE;
        continue;
      }
      if (start && this.#otherwise) await this.#untilEnd();
      else await this.#wait(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    }
  }

  /** What is there: a start of the program, a problem, or nobody. */
  async #answer(seen, signal) {
    const { fetch, location } = this.#platform;
    try {
      const options = { headers: { "Quick-Htag-Seen": seen }, cache: "no-store", signal };
      return await (await fetch(below(location, "start", {}), options)).json();
    } catch {
      return {}; // nobody, or somebody else
    }
  }

  /** The line has ended for good, by this start: it is as without development until that ends. */
  async #untilEnd() {
    const otherwise = this.#otherwise;
    this.#otherwise = null;
    this.#overlay.showProblem("");
    otherwise();
    const { EventSource, location } = this.#platform;
    const stream = new EventSource(below(location, "start", { start: this.#start }));
    await new Promise((resolve) => (stream.onerror = resolve));
    stream.close();
    await this.#wait(PAUSE);
  }

  #wait(ms) {
    return new Promise((resolve) => this.#platform.setTimeout(resolve, ms));
  }
}

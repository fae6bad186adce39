/*
 * A page of a program that is started again when its files change. When its line breaks it asks for
 * the next start of the program: then it loads itself anew, where the user was. Until then it shows
 * what keeps the program from running, which its parent process answers in its place.
 */
import { below } from "./address.js";

const PLACE = "quick_htag_place";
const PAUSE = 200; // ms between questions that nobody answered
const GROWING = 1500; // ms in which a new page may still become as long as the one before

export class Development {
  #platform;
  #overlay;
  #start;
  #abort = null; // while it asks

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {import("./overlay.js").Overlay} overlay
   * @param {string} start names the start of the program that made this page
   */
  constructor(platform, overlay, start) {
    this.#platform = platform;
    this.#overlay = overlay;
    this.#start = start;
  }

  /**
   * Hear of a new status of the transport.
   *
   * @param {import("./transport.js").Status} status
   * @param {() => void} otherwise called, perhaps later, unless the page is loaded again
   */
  update({ state, reason }, otherwise) {
    if (reason === "unknown") {
      this.#ask(otherwise);
      return;
    }
    if (state === "lost") this.#ask(() => {});
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
    location.reload();
  }

  #stop() {
    this.#abort?.abort();
    this.#abort = null;
    this.#overlay.showProblem("");
  }

  /** Until the program is there, or the line is back; `same`: this start of it is still there. */
  async #ask(same) {
    this.#stop();
    const { AbortController, fetch, location, setTimeout } = this.#platform;
    const abort = (this.#abort = new AbortController());
    let seen = "";
    while (abort === this.#abort) {
      try {
        const headers = { "Quick-Htag-Seen": seen };
        const options = { headers, cache: "no-store", signal: abort.signal };
        const answer = await fetch(below(location, "start", {}), options);
        const { start, problem, number } = await answer.json();
        if (abort !== this.#abort) return;
        if (start === this.#start) {
          this.#stop();
          return same();
        }
        if (start) return this.#reload();
        if (!problem) throw new TypeError("neither"); // from somebody else
        this.#overlay.showProblem(problem);
        seen = number; // from now on the answer comes when something changes
      } catch {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }
}

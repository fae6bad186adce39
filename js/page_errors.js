/*
 * Errors of scripts in the page: shown, and told to the server, which has them in its log. Those that
 * come in a flood are shown and not told; no query of an address is told, for it may hold a secret.
 */

const BURST = 10; // errors told at once ...
const REFILL = 6000; // ... and then one more after so many ms
const SAME = 1000; // ms in which htag may tell what a listener has heard before
const TEXT_LENGTH = 1000;
const STACK_LENGTH = 4000;
const FILE_LENGTH = 300;

const TITLES = {
  error: "A script of the page failed",
  rejection: "A promise of the page was rejected and nobody took care of it",
  script: "A script that the app has sent failed",
};
const HARMLESS = /^ResizeObserver loop/; // browsers report it and go on

/** The beginning of a text, its addresses without their queries. */
function cleaned(text, length) {
  return text.slice(0, length).replace(/(\b[a-z-]{1,20}:\/\/[^\s?#)]*)[?#][^\s:)]*/g, "$1");
}

export class PageErrors {
  #window;
  #platform;
  #send;
  #show;
  #left = BURST;
  #since = 0;
  #last = { text: "", at: -SAME };

  /**
   * @param {Window} window
   * @param {{random: () => number, now: () => number}} platform
   * @param {object} options
   * @param {(error: object) => void} options.send tells the server
   * @param {(problem: import("./problems.js").Problem) => void} options.show
   */
  constructor(window, platform, { send, show }) {
    this.#window = window;
    this.#platform = platform;
    this.#send = send;
    this.#show = show;
  }

  /**
   * From now on.
   *
   * @returns {() => void} undoes it
   */
  listen() {
    const onerror = ({ error, message, filename, lineno, colno }) => {
      if (message === undefined) return; // an image, say
      this.#caught("error", error, message, { file: filename, line: lineno, column: colno });
    };
    const onrejection = ({ reason }) => this.#caught("rejection", reason, "", {});
    this.#window.addEventListener("error", onerror);
    this.#window.addEventListener("unhandledrejection", onrejection);
    return () => {
      this.#window.removeEventListener("error", onerror);
      this.#window.removeEventListener("unhandledrejection", onrejection);
    };
  }

  /**
   * A script of the app failed, and somebody has caught that.
   *
   * @param {string} text
   */
  caught(text) {
    const { text: last, at } = this.#last;
    if (last && text.includes(last) && this.#platform.now() - at < SAME) return;
    this.#tell("script", text, "", {});
  }

  #caught(kind, error, message, place) {
    const stack = typeof error?.stack === "string" ? error.stack : "";
    const own = error instanceof Object && "message" in error ? `${error.name}: ${error.message}` : error;
    this.#tell(kind, String(own ?? message), stack, place);
  }

  #tell(kind, said, stack, { file = "", line = 0, column = 0 }) {
    if (HARMLESS.test(said)) return;
    const { random, now } = this.#platform;
    const text = cleaned(said, TEXT_LENGTH);
    this.#last = { text: said.slice(0, TEXT_LENGTH).replace(/^\w*Error: /, ""), at: now() };
    const reference = Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
    const lines = cleaned(stack, STACK_LENGTH).split("\n").map((one) => one.trim());
    const way = lines.filter((one) => one && !text.startsWith(one));
    const error = { kind, reference, text, file: cleaned(file, FILE_LENGTH), line, column };
    const parts = way.length > 0 ? [["", way]] : [];
    const place = error.file ? `${error.file}:${line}:${column}` : way[0] ?? "";
    this.#show({ reference, title: TITLES[kind], error: text, place, parts });
    if (this.#mayTell()) this.#send({ ...error, stack: way.join("\n") });
  }

  #mayTell() {
    const now = this.#platform.now();
    this.#left = Math.min(BURST, this.#left + (now - this.#since) / REFILL);
    this.#since = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/*
 * What the user sees of the connection: the classes `htagoff` and `interacting` on <body>, a banner
 * while the connection is away, a dialog when it has ended. Banner and dialog hang on <html>,
 * because payloads replace <body>, and in a shadow tree, because apps style everything.
 */

const OFF_DELAY = 1000; // ms of a first connection before `htagoff`, so that loading does not flash
const BANNER_DELAY = 2000; // ms
const NOTICE_TIME = 10000; // ms a notice stays

const BANNERS = { connecting: "Connecting…", lost: "Connection lost, trying again…" };

const ENDINGS = {
  session: "This session has ended.",
  application: "The application has ended.",
  stuck: "The application did not answer in time.",
  crashed: "The application has stopped unexpectedly.",
  unknown: "This page is out of date.",
  refused: "The server refused a message from this page.",
  insecure: "This page encrypts what it sends, and browsers do that only on https. Open it by https.",
};

const UNDELIVERED = " What you did last may not have been carried out.";

const STYLE = `
:host { all: initial; }
.banner, dialog {
  font: 15px/1.4 system-ui, sans-serif; color: #1d2430; background: #fff;
  border: 1px solid #c9d0da; box-shadow: 0 6px 24px rgb(0 0 0 / .22);
}
.banner {
  position: fixed; left: 50%; bottom: 18px; transform: translateX(-50%); z-index: 2147483647;
  max-width: calc(100vw - 48px); box-sizing: border-box; padding: 7px 16px; border-radius: 18px;
  pointer-events: none;
}
.banner::before {
  content: ""; display: inline-block; width: 9px; height: 9px; margin-right: 9px;
  border-radius: 50%; background: #d97706;
}
.banner[hidden] { display: none; }
dialog {
  box-sizing: border-box; width: 360px; max-width: calc(100vw - 32px); padding: 28px 24px 24px;
  border-radius: 12px; text-align: center;
}
.problem {
  position: fixed; inset: 0; z-index: 2147483646; overflow: auto; padding: 32px; box-sizing: border-box;
  font: 15px/1.5 system-ui, sans-serif; color: #1d2430; background: rgb(255 255 255 / .96);
  border-top: 6px solid #c62828;
}
.problem[hidden] { display: none; }
.problem h1 { margin: 0 0 16px; font-size: 22px; }
.problem pre {
  margin: 0; padding: 16px; overflow: auto; border-radius: 8px; background: rgb(127 127 127 / .15);
  font: 14px/1.5 ui-monospace, monospace;
}
dialog::backdrop { background: rgb(15 20 30 / .5); }
p { margin: 0 0 20px; font-size: 17px; }
p:has(+ [hidden]) { margin: 0; }
button {
  font: inherit; font-weight: 600; padding: 8px 20px; border: 0; border-radius: 8px;
  color: #fff; background: #1d5fc4; cursor: pointer;
}
button:hover { background: #164c9e; }
button:focus-visible { outline: 3px solid #7fb0f5; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  .banner, dialog { color: #e8ebf0; background: #232833; border-color: #454d5c; }
  .problem { color: #e8ebf0; background: rgb(24 28 36 / .97); }
  button { color: #0d1a2e; background: #8ab8f7; }
  button:hover { background: #b0d0fb; }
}`;

export class Overlay {
  #document;
  #timers;
  #reload;
  #interacting;
  #status = { state: "connecting", reason: "", pending: 0 };
  #wasOpen = false;
  #off = false;
  #bannerDue = false;
  #notice = "";
  #waiting = []; // timers that run while the connection is away
  #parts = null; // the elements by name, built when first needed

  /**
   * @param {Document} document
   * @param {{setTimeout: Function, clearTimeout: Function}} timers
   * @param {object} options
   * @param {() => void} options.reload loads the page again
   * @param {boolean} options.interacting whether to keep the class `interacting` on <body>
   */
  constructor(document, timers, { reload, interacting }) {
    this.#document = document;
    this.#timers = timers;
    this.#reload = reload;
    this.#interacting = interacting;
  }

  /**
   * Show a new status of the transport.
   *
   * @param {import("./transport.js").Status} status
   */
  update(status) {
    this.#status = status;
    if (!(status.state in BANNERS)) this.#settle(status.state);
    else if (this.#waiting.length === 0) this.#startWaiting();
    this.refresh();
  }

  /**
   * Show over the page what is wrong with the program; an empty text takes it away.
   *
   * @param {string} text
   */
  showProblem(text) {
    if (!text && !this.#parts) return;
    const { problem, trace } = this.#attached();
    trace.textContent = text;
    problem.hidden = !text;
  }

  /**
   * Show a text in the banner for a while, when nothing more urgent is to be shown there.
   *
   * @param {string} text
   */
  showNotice(text) {
    this.#notice = text;
    this.#timers.setTimeout(() => {
      this.#notice = "";
      this.refresh();
    }, NOTICE_TIME);
    this.refresh();
  }

  /** Put the classes back, after something may have replaced <body>. */
  refresh() {
    const { state, pending } = this.#status;
    const classes = this.#document.body?.classList;
    classes?.toggle("htagoff", this.#off);
    if (this.#interacting) classes?.toggle("interacting", pending > 0);
    const text = (this.#bannerDue && BANNERS[state]) || this.#notice;
    if (text || this.#parts) this.#drawBanner(text);
  }

  #startWaiting() {
    this.#off = this.#wasOpen;
    this.#later(OFF_DELAY, () => (this.#off = true));
    this.#later(BANNER_DELAY, () => (this.#bannerDue = true));
  }

  #later(delay, change) {
    const due = () => {
      change();
      this.refresh();
    };
    this.#waiting.push(this.#timers.setTimeout(due, delay));
  }

  #settle(state) {
    for (const timer of this.#waiting.splice(0)) this.#timers.clearTimeout(timer);
    this.#bannerDue = false;
    this.#wasOpen = true;
    this.#off = state === "ended";
    const text = this.#off && ENDINGS[this.#status.reason];
    if (text) this.#openDialog(this.#status.undelivered > 0 ? text + UNDELIVERED : text);
  }

  #drawBanner(text) {
    const { banner } = this.#attached();
    banner.hidden = !text;
    // Written only when it changes, for screen readers speak every change.
    if (banner.textContent !== text) banner.textContent = text;
  }

  #openDialog(text) {
    const parts = this.#attached();
    parts.text.textContent = text;
    parts.button.hidden = this.#status.reason === "insecure"; // as often as one likes
    if (!parts.dialog.open) parts.dialog.showModal();
    parts.button.focus();
  }

  #attached() {
    this.#parts ??= this.#build();
    const { host } = this.#parts;
    if (!host.isConnected) this.#document.documentElement.append(host);
    return this.#parts;
  }

  #build() {
    const make = (tag, properties = {}) =>
      Object.assign(this.#document.createElement(tag), properties);
    const host = make("quick-htag-overlay");
    const banner = make("div", { className: "banner", hidden: true });
    banner.setAttribute("role", "status");
    const text = make("p", { id: "text" });
    const button = make("button", { type: "button", textContent: "Start again" });
    button.addEventListener("click", () => this.#reload());
    const dialog = make("dialog");
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-labelledby", "text");
    // Not to be dismissed by Escape: Chromium lets a second one through unless the key is refused.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
    dialog.append(text, button);
    const problem = make("section", { className: "problem", hidden: true });
    problem.setAttribute("role", "alert");
    const trace = make("pre");
    problem.append(make("h1", { textContent: "The program cannot run" }), trace);
    const style = make("style", { textContent: STYLE });
    host.attachShadow({ mode: "open" }).append(style, problem, banner, dialog);
    return { host, banner, dialog, text, button, problem, trace };
  }
}

/* Short messages over the page that go by themselves, and are read out. */
import { OVER_THE_PAGE, maker, shadowHost } from "./shadow.js";

const MOST = 5; // at a time; the oldest makes room
const SIGNS = { info: "ℹ", success: "✓", warning: "⚠", error: "✕" };
const URGENT = ["warning", "error"];

const STYLE = `${OVER_THE_PAGE}
section {
  position: fixed; right: 16px; bottom: 16px; z-index: 2147483645; display: flex;
  flex-direction: column; gap: 8px; max-width: min(380px, calc(100vw - 32px));
  font: 15px/1.4 system-ui, sans-serif; pointer-events: none;
}
section > div { display: contents; }
.notice {
  display: flex; gap: 10px; align-items: flex-start; padding: 10px 12px; pointer-events: auto;
  color: var(--text); background: var(--back); border: 1px solid var(--line);
  border-left: 4px solid var(--accent); border-radius: 8px; box-shadow: 0 6px 24px rgb(0 0 0 / .22);
  animation: come .15s ease-out;
}
@keyframes come { from { opacity: 0; transform: translateY(8px); } }
.sign { color: var(--accent); font-weight: 700; }
.success { border-left-color: var(--good); } .success .sign { color: var(--good); }
.warning { border-left-color: var(--warn); } .warning .sign { color: var(--warn); }
.error { border-left-color: var(--danger); } .error .sign { color: var(--danger); }
.text { flex: 1; white-space: pre-line; overflow-wrap: anywhere; }
.notice button { border: 0; padding: 0 6px; color: var(--quiet); font-size: 18px; line-height: 1.2; }`;

export class Notices {
  #document;
  #make;
  #timers;
  #attach = null;
  #regions = {};
  #shown = [];

  /**
   * @param {Document} document
   * @param {{setTimeout: Function, clearTimeout: Function}} timers
   */
  constructor(document, timers) {
    this.#document = document;
    this.#make = maker(document);
    this.#timers = timers;
  }

  /**
   * Show a message. It stays as long as the pointer or the focus is on it.
   *
   * @param {{text: string, level: string, seconds: number | null}} notice
   */
  show({ text, level, seconds }) {
    this.#attach ??= this.#build();
    this.#attach();
    const make = this.#make;
    const close = make("button", {
      type: "button",
      textContent: "×",
      attributes: { "aria-label": "Close" },
    });
    const element = make(
      "div",
      { className: `notice ${level}` },
      make("span", {
        className: "sign",
        textContent: SIGNS[level] ?? SIGNS.info,
        attributes: { "aria-hidden": "true" },
      }),
      make("span", { className: "text", textContent: text }),
      close,
    );
    const entry = this.#entry(element, seconds);
    close.addEventListener("click", entry.end);
    for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, entry.stay);
    for (const name of ["pointerleave", "focusout"]) element.addEventListener(name, entry.start);
    this.#regions[URGENT.includes(level) ? "alert" : "status"].append(element);
    this.#shown.push(entry);
    if (this.#shown.length > MOST) this.#shown[0].end();
    entry.start();
  }

  #build() {
    const region = (role) => this.#make("div", { attributes: { role } });
    this.#regions = { status: region("status"), alert: region("alert") };
    const section = this.#make("section", {}, this.#regions.status, this.#regions.alert);
    return shadowHost(this.#document, "quick-htag-notices", STYLE, [section]);
  }

  #entry(element, seconds) {
    let timer = null;
    const stay = () => this.#timers.clearTimeout(timer);
    const entry = {
      stay,
      start: () => {
        stay();
        if (seconds !== null) timer = this.#timers.setTimeout(entry.end, seconds * 1000);
      },
      end: () => {
        stay();
        if (!this.#shown.includes(entry)) return;
        this.#shown = this.#shown.filter((other) => other !== entry);
        element.remove();
      },
    };
    return entry;
  }
}

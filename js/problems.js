/*
 * What a developer sees of failures while the page goes on: a panel at the lower edge with a card for
 * each, the last one on top. The focus stays where it is; Escape takes the last one away.
 */

const MOST = 20; // cards; the oldest make room

const STYLE = `
:host { all: initial; }
.panel {
  position: fixed; left: 0; right: 0; bottom: 0; z-index: 2147483645; box-sizing: border-box;
  max-height: 60vh; overflow: auto; padding: 10px 16px 14px; border-top: 5px solid #c62828;
  font: 14px/1.5 system-ui, sans-serif; color: #1d2430; background: #fff;
  box-shadow: 0 -6px 24px rgb(0 0 0 / .22);
}
header { display: flex; gap: 12px; align-items: center; }
header h2 { flex: 1; margin: 0; font-size: 15px; }
article { margin-top: 10px; padding-top: 8px; border-top: 1px solid #c9d0da; }
article > div { display: flex; gap: 12px; align-items: start; }
h3 { flex: 1; margin: 0; font-size: 15px; overflow-wrap: anywhere; }
.place { margin: 4px 0; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 4px 0; }
pre {
  margin: 4px 0; padding: 6px 10px; overflow: auto; border-radius: 6px;
  background: rgb(127 127 127 / .15); font: 13px/1.5 ui-monospace, monospace;
}
.code { border-left: 4px solid #c62828; }
summary { cursor: pointer; }
button {
  font: inherit; padding: 3px 12px; border: 1px solid #8a93a3; border-radius: 6px;
  color: inherit; background: transparent; cursor: pointer;
}
button:focus-visible, summary:focus-visible { outline: 3px solid #7fb0f5; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  .panel { color: #e8ebf0; background: #232833; }
  article { border-color: #454d5c; }
}`;

/**
 * @typedef {object} Problem
 * @property {string} reference by which the server's log has it
 * @property {string} title what failed
 * @property {string} [error] the exception and its message
 * @property {string} [place] file, line and function in the code of the user
 * @property {string} [code] that line
 * @property {[string, string[]][]} [parts] of the traceback: lines; with a text they are folded
 * @property {string} [advice] what to do
 */

export class Problems {
  #document;
  #cards = []; // {key, count, card, title}, the last one first
  #parts = null; // the elements, built when first needed
  #undo = () => {}; // stops listening to keys

  /** @param {Document} document */
  constructor(document) {
    this.#document = document;
  }

  /**
   * Show a failure; one that is shown already is counted.
   *
   * @param {Problem} problem
   */
  show(problem) {
    const key = [problem.title, problem.error, problem.place].join("\n");
    const known = this.#cards.find((one) => one.key === key);
    const count = known ? known.count + 1 : 1;
    if (known) this.#remove(known);
    const { list } = this.#attached();
    const entry = { key, count };
    entry.card = this.#card(problem, count, () => this.#dismiss(entry));
    list.prepend(entry.card);
    this.#cards.unshift(entry);
    for (const old of this.#cards.slice(MOST)) this.#remove(old);
    this.#refresh();
  }

  /** Take all of them away. */
  clear() {
    for (const entry of [...this.#cards]) this.#remove(entry);
    this.#refresh();
  }

  #dismiss(entry) {
    this.#remove(entry);
    this.#refresh();
    if (this.#cards.length > 0) this.#parts.all.focus(); // who uses the keyboard stays here
  }

  #remove(entry) {
    entry.card.remove();
    this.#cards = this.#cards.filter((one) => one !== entry);
  }

  #refresh() {
    const { host, heading } = this.#parts ?? this.#attached();
    const { length } = this.#cards;
    heading.textContent = length === 1 ? "An error" : `${length} errors`;
    if (length > 0) return;
    host.remove();
    this.#undo();
    this.#undo = () => {};
  }

  #attached() {
    this.#parts ??= this.#build();
    const { host } = this.#parts;
    if (!host.isConnected) {
      this.#document.documentElement.append(host);
      const onkey = (event) => {
        if (event.key !== "Escape" || this.#cards.length === 0) return;
        event.preventDefault();
        event.stopPropagation();
        this.#dismiss(this.#cards[0]);
      };
      this.#undo();
      this.#document.addEventListener("keydown", onkey, true);
      this.#undo = () => this.#document.removeEventListener("keydown", onkey, true);
    }
    return this.#parts;
  }

  #make(tag, properties = {}, ...children) {
    const element = Object.assign(this.#document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  #build() {
    const heading = this.#make("h2");
    const all = this.#make("button", { type: "button", textContent: "Dismiss all" });
    all.addEventListener("click", () => this.clear());
    const list = this.#make("div");
    list.setAttribute("role", "log"); // what is added is spoken
    const header = this.#make("header", {}, heading, all);
    const panel = this.#make("section", { className: "panel" }, header, list);
    panel.setAttribute("aria-label", "Errors of this app");
    const host = this.#make("quick-htag-problems");
    const style = this.#make("style", { textContent: STYLE });
    host.attachShadow({ mode: "open" }).append(style, panel);
    return { host, heading, all, list };
  }

  #card({ reference, title, error, place, code, parts = [], advice }, count, ondismiss) {
    const dismiss = this.#make("button", { type: "button", textContent: "Dismiss" });
    dismiss.setAttribute("aria-label", `Dismiss: ${error ?? title}`);
    dismiss.addEventListener("click", ondismiss);
    const times = count > 1 ? ` (${count} times)` : "";
    const heading = this.#make("h3", { textContent: `${error || title}${times}` });
    const text = (textContent, className = "") => this.#make("p", { textContent, className });
    const found = [this.#make("div", {}, heading, dismiss)];
    if (place) found.push(text(place, "place"));
    if (code) found.push(this.#make("pre", { textContent: code, className: "code" }));
    if (advice) found.push(text(advice));
    if (error) found.push(text(title));
    if (parts.length > 0) found.push(this.#trace(parts));
    found.push(text(`In the server's log it has the reference ${reference}.`));
    return this.#make("article", {}, ...found);
  }

  #trace(parts) {
    const shown = parts.map(([folded, lines]) => {
      const pre = this.#make("pre", { textContent: lines.join("\n") });
      if (!folded) return pre;
      return this.#make("details", {}, this.#make("summary", { textContent: folded }), pre);
    });
    const summary = this.#make("summary", { textContent: "Traceback" });
    return this.#make("details", { open: true }, summary, ...shown);
  }
}

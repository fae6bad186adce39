/*
 * Dialogs in which the server asks something, one after the other. A question may come again after
 * a reconnect, also one that was answered meanwhile: each is shown once.
 */
import { remember, restore } from "./focus.js";
import { OVER_THE_PAGE, maker, shadowHost } from "./shadow.js";

const STYLE = `${OVER_THE_PAGE}
dialog {
  box-sizing: border-box; width: 420px; max-width: calc(100vw - 32px); padding: 22px 24px;
  font: 16px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back);
  border: 1px solid var(--line); border-radius: 12px; box-shadow: 0 6px 24px rgb(0 0 0 / .3);
}
dialog::backdrop { background: rgb(15 20 30 / .5); }
h2 { margin: 0 0 8px; font-size: 19px; }
h2:empty { display: none; }
p { margin: 0 0 18px; white-space: pre-line; overflow-wrap: anywhere; }
input {
  box-sizing: border-box; width: 100%; margin: 0 0 18px; padding: 8px 10px; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--quiet); border-radius: 8px;
}
.buttons { display: flex; justify-content: flex-end; gap: 10px; flex-wrap: wrap; }`;

/**
 * @typedef {object} Question
 * @property {number} id
 * @property {"confirm" | "prompt" | "alert"} kind
 * @property {string} text
 * @property {string} title
 * @property {string} yes on the button that agrees
 * @property {string} [no] on the other one
 * @property {string} [value] what the field has at first
 * @property {boolean} danger
 */

const NOTHING = { confirm: false, prompt: null, alert: null };

export class Questions {
  #document;
  #make;
  #answer;
  #known = new Set(); // every id there was
  #queue = [];
  #shown = null; // {id, dialog, before, settle}
  #attach = null;
  #place;

  /**
   * @param {Document} document
   * @param {(id: number, value: boolean | string | null) => void} answer
   */
  constructor(document, answer) {
    this.#document = document;
    this.#make = maker(document);
    this.#answer = answer;
  }

  /** @param {Question} question */
  ask(question) {
    if (this.#known.has(question.id)) return;
    this.#known.add(question.id);
    this.#queue.push(question);
    this.#next();
  }

  /** Nobody wants to know any more. */
  over(id) {
    this.#known.add(id);
    this.#queue = this.#queue.filter((question) => question.id !== id);
    if (this.#shown?.id === id) this.#close();
  }

  /** Nobody wants to know anything any more. */
  end() {
    this.#queue = [];
    if (this.#shown) this.#close();
  }

  #next() {
    if (this.#shown || this.#queue.length === 0) return;
    const question = this.#queue.shift();
    const before = remember(this.#document);
    const { dialog, first } = this.#build(question);
    this.#shown = { id: question.id, dialog, before };
    if (!this.#attach) {
      this.#place = this.#make("div");
      this.#attach = shadowHost(this.#document, "quick-htag-questions", STYLE, [this.#place]);
    }
    this.#attach();
    this.#place.append(dialog);
    dialog.showModal();
    first.focus();
    if (question.kind === "prompt") first.select();
  }

  #build({ id, kind, text, title, yes, no, value = "", danger }) {
    const make = this.#make;
    const settle = (given) => this.#settle(id, given);
    const nothing = NOTHING[kind];
    const agree = make("button", {
      type: "submit",
      textContent: yes,
      className: danger ? "first danger" : "first",
    });
    const refuse = kind !== "alert" && make("button", { type: "button", textContent: no });
    const field =
      kind === "prompt" && make("input", { value, attributes: { "aria-labelledby": "text" } });
    const form = make(
      "form",
      { noValidate: true },
      make("h2", { id: "title", textContent: title }),
      make("p", { id: "text", textContent: text }),
      ...(field ? [field] : []),
      make("div", { className: "buttons" }, ...(refuse ? [refuse] : []), agree),
    );
    const attributes = {
      role: kind === "prompt" ? "dialog" : "alertdialog",
      "aria-labelledby": title ? "title" : "text",
      "aria-describedby": "text",
    };
    const dialog = make("dialog", { attributes }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      settle(kind === "prompt" ? field.value : kind === "confirm" ? true : null);
    });
    if (refuse) refuse.addEventListener("click", () => settle(nothing));
    // Escape; Chromium lets a second one close the dialog without asking
    for (const name of ["cancel", "close"]) {
      dialog.addEventListener(name, (event) => {
        event.preventDefault();
        settle(nothing);
      });
    }
    return { dialog, first: field || (danger && refuse) || agree };
  }

  #settle(id, value) {
    if (this.#shown?.id !== id) return;
    this.#close();
    this.#answer(id, value);
  }

  #close() {
    const { dialog, before } = this.#shown;
    this.#shown = null;
    dialog.close();
    dialog.remove();
    if (before) restore(this.#document, before, false); // if a payload has replaced what had it
    this.#next();
  }
}

/*
 * <quick-htag-upload>: a chooser, a place to drop files, and how far they are. The server writes its
 * attributes; what is inside is in a shadow tree, so that redraws of the app leave it alone.
 */
import { below } from "./address.js";
import { CONTROLS, dress, maker } from "./shadow.js";
import { UploadQueue, sizeText } from "./upload_queue.js";
import { sendFile, uploadName } from "./upload_request.js";

export const UPLOAD = "quick-htag-upload";

// It lies in the page, so it takes the colours of the app, whatever the system has; the others are
// such as can be read on light and on dark.
const STYLE = `
:host {
  --text: currentColor; --line: color-mix(in srgb, currentColor 40%, transparent);
  --accent: #3f7fd6; --danger: #d9483d; display: block; max-width: 34em;
}
${CONTROLS}
:host([hidden]) { display: none; }
label {
  display: block; padding: 18px; text-align: center; cursor: pointer; border-radius: 10px;
  border: 2px dashed var(--line); transition: border-color .15s, background .15s;
}
label:hover, label.over { border-color: var(--accent); }
label.over { background: color-mix(in srgb, var(--accent) 12%, transparent); }
label:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
label.off { opacity: .5; cursor: default; }
input { position: absolute; width: 1px; height: 1px; opacity: 0; }
ul { list-style: none; margin: 8px 0 0; padding: 0; }
li { display: flex; align-items: center; gap: 10px; padding: 4px 0; }
.name { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
progress { flex: 0 1 9em; min-width: 4em; accent-color: var(--accent); }
.state { white-space: nowrap; opacity: .8; }
.refused .state, .failed .state { color: var(--danger); opacity: 1; white-space: normal; }
button { padding: 2px 10px; font-weight: 400; }
.news { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }`;

const OVER = ["sent", "cancelled", "failed", "refused"];

/**
 * Define the element.
 *
 * @param {Window} window
 * @param {object} options
 * @param {string} options.page id of the page
 * @param {number} [options.largest] bytes of the largest file the server takes
 * @param {(message: object) => void} options.tell tells the server something
 */
export function defineUpload(window, { page, largest = Infinity, tell }) {
  const { document, customElements } = window;
  const queues = new Map(); // by the name of the field
  const make = maker(document);

  function queueOf(key) {
    if (queues.has(key)) return queues.get(key);
    const queue = new UploadQueue((file, progress) => {
      const query = { page, field: key };
      if (queue.terms.follow) {
        query.upload = uploadName(window.crypto);
        tell({ upload: [key, query.upload, file.name] });
      }
      const url = below(window.location, "send-file", query);
      return sendFile(window.XMLHttpRequest, window.FormData, url, file, progress);
    });
    queues.set(key, queue);
    return queue;
  }

  class UploadElement extends window.HTMLElement {
    static observedAttributes = ["disabled"];
    #leave = () => {};
    #parts = null;
    #rows = new Map(); // by id of the entry
    #queue = null;
    #words = {};

    connectedCallback() {
      const { key, limit, accept, words, follow } = this.dataset;
      this.#words = JSON.parse(words ?? "{}");
      this.#queue = queueOf(key);
      const most = Math.min(limit === undefined ? Infinity : Number(limit), largest);
      this.#queue.terms = { accept, limit: most, follow: follow !== undefined };
      this.#parts ??= this.#build();
      this.#leave = this.#queue.onchange(() => this.#draw());
      this.attributeChangedCallback();
      this.#draw();
    }

    disconnectedCallback() {
      this.#leave();
    }

    attributeChangedCallback() {
      if (!this.#parts) return;
      const off = this.hasAttribute("disabled");
      this.#parts.input.disabled = off;
      this.#parts.label.classList.toggle("off", off);
    }

    #build() {
      const { label: text, accept = "", multiple } = this.dataset;
      const root = this.attachShadow({ mode: "open", delegatesFocus: true });
      dress(root, document, STYLE);
      const input = make("input", { type: "file", accept, multiple: multiple !== undefined });
      const label = make("label", {}, make("span", { textContent: text }), input);
      const list = make("ul");
      const news = make("div", { className: "news", attributes: { role: "status" } });
      input.addEventListener("change", () => {
        this.#queue.add([...input.files]);
        input.value = ""; // so that the same file can be chosen again
      });
      this.#listenToDrops(label, input);
      root.append(label, list, news);
      return { label, input, list, news };
    }

    #listenToDrops(label, input) {
      const over = (on) => (event) => {
        event.preventDefault();
        label.classList.toggle("over", on && !input.disabled);
      };
      for (const name of ["dragenter", "dragover"]) label.addEventListener(name, over(true));
      label.addEventListener("dragleave", over(false));
      label.addEventListener("drop", (event) => {
        over(false)(event);
        const files = [...event.dataTransfer.files];
        if (!input.disabled) this.#queue.add(input.multiple ? files : files.slice(0, 1));
      });
    }

    #draw() {
      const { list, news } = this.#parts;
      const { entries } = this.#queue;
      for (const [id, row] of this.#rows) {
        if (entries.some((entry) => entry.id === id)) continue;
        row.element.remove();
        this.#rows.delete(id);
      }
      for (const entry of entries) {
        if (!this.#rows.has(entry.id)) {
          const row = this.#row(entry);
          this.#rows.set(entry.id, row);
          list.append(row.element);
        }
        this.#fill(this.#rows.get(entry.id), entry);
      }
      const done = entries.filter(({ state }) => OVER.includes(state));
      const text = done.map((entry) => `${entry.file.name}: ${this.#stateText(entry)}`).join(", ");
      if (news.textContent !== text) news.textContent = text; // every change is read out
    }

    #row(entry) {
      const { name } = entry.file;
      const bar = make("progress", { max: 1, value: 0, attributes: { "aria-label": name } });
      const state = make("span", { className: "state" });
      const button = make("button", { type: "button" });
      button.addEventListener("click", () => {
        if (entry.state === "failed") this.#queue.retry(entry);
        else this.#queue.cancel(entry);
      });
      const title = make("span", { className: "name", textContent: name, title: name });
      return { element: make("li", {}, title, bar, state, button), bar, state, button };
    }

    #fill({ element, bar, state, button }, entry) {
      const over = OVER.includes(entry.state);
      element.className = entry.state;
      bar.hidden = over;
      bar.value = entry.fraction;
      state.textContent = this.#stateText(entry);
      button.hidden = over && entry.state !== "failed";
      button.textContent = entry.state === "failed" ? this.#words.again : this.#words.cancel;
      button.setAttribute("aria-label", `${button.textContent}: ${entry.file.name}`);
    }

    #stateText({ state, fraction, reason, file }) {
      if (state === "sending") return `${Math.floor(fraction * 100)} %`;
      if (state === "sent") return `${this.#words.sent}, ${sizeText(file.size)}`;
      const word = this.#words[state === "refused" ? reason : state] ?? state;
      return word.replace("{0}", sizeText(this.#queue.terms.limit));
    }
  }

  customElements.define(UPLOAD, UploadElement);
}

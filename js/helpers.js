/* What `quick_htag.gui` has in the page: messages of the server that are not for the app. */
import { Notices } from "./notices.js";
import { Questions } from "./questions.js";
import { dress } from "./shadow.js";

// of tags that are the app's; nothing in it outranks a rule of the app
const STYLE = `
:where(.quick-htag-job:not([hidden])) { display: flex; align-items: center; gap: .75em; }
:where(.quick-htag-job > progress:not([hidden])) { flex: 0 1 16em; min-width: 6em; }
:where(.quick-htag-job > .note) { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }`;

export class Helpers {
  #notices;
  #questions;

  /**
   * @param {Document} document
   * @param {{setTimeout: Function, clearTimeout: Function}} timers
   * @param {(message: object) => void} send tells the server something
   */
  constructor(document, timers, send) {
    dress(document, document, STYLE);
    this.#notices = new Notices(document, timers);
    this.#questions = new Questions(document, (id, value) => send({ answer: [id, value] }));
  }

  /** @param {object | null} message null: it is for another page */
  take(message) {
    if (message?.notice) this.#notices.show(message.notice);
    if (message?.ask) this.#questions.ask(message.ask);
    if (message?.over) this.#questions.over(message.over);
  }

  /** The session is over. */
  end() {
    this.#questions.end();
  }
}

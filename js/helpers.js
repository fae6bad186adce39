/* What `quick_htag.gui` has in the page: messages of the server that are not for the app. */
import { Notices } from "./notices.js";
import { Questions } from "./questions.js";

export class Helpers {
  #notices;
  #questions;

  /**
   * @param {Document} document
   * @param {{setTimeout: Function, clearTimeout: Function}} timers
   * @param {(message: object) => void} send tells the server something
   */
  constructor(document, timers, send) {
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

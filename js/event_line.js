/* A line of server-sent events to the page, and of POST requests from it. */
import { below } from "./address.js";
import { Poster } from "./poster.js";

/** @implements {import("./connector.js").Line} */
export class EventLine {
  name = "sse";
  #source;
  #poster;

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {import("./connector.js").Terms} terms
   * @param {import("./connector.js").LineListener} listener
   */
  constructor(platform, terms, listener) {
    const { EventSource, location } = platform;
    const { page, seen, doc } = terms;
    const source = new EventSource(below(location, "stream", { page, seen, doc }));
    source.onmessage = (event) => listener.message(event.data, false);
    source.addEventListener("close", (event) => this.#end(listener, JSON.parse(event.data).code));
    // It would connect again by itself, from a position that is out of date.
    source.onerror = () => this.#end(listener, 1006);
    this.#source = source;
    this.#poster = new Poster(platform, terms, listener);
  }

  send(text) {
    this.#poster.send(text);
  }

  close() {
    this.#poster.close();
    if (this.#source === null) return;
    this.#source.onmessage = this.#source.onerror = null;
    this.#source.close();
    this.#source = null;
  }

  #end(listener, code) {
    if (this.#source === null) return; // closed by us
    this.close();
    listener.closed(code);
  }
}

/* A line over a websocket: each text is a message. */
import { socketBelow } from "./address.js";

/** @implements {import("./connector.js").Line} */
export class WebsocketLine {
  name = "websocket";
  #socket;

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {import("./connector.js").Terms} terms
   * @param {import("./connector.js").LineListener} listener
   */
  constructor({ WebSocket, location }, { page, seen, doc }, listener) {
    const socket = new WebSocket(socketBelow(location, "ws", { page, seen, doc }));
    socket.onmessage = (event) => listener.message(event.data, false);
    socket.onclose = (event) => listener.closed(event.code);
    this.#socket = socket;
  }

  send(text) {
    this.#socket?.send(text);
  }

  close() {
    if (this.#socket === null) return;
    // a dead socket may still fire, much later
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }
}

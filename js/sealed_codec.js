/*
 * Encrypted messages, for pages of "parano" apps. Browsers encrypt and decrypt asynchronously, so
 * every text waits for those before it, whatever the line: the rest of the page sees lines on which
 * everything comes in order, a little later.
 */
import { Cipher } from "./cipher.js";

const FRAME = 12 + 16; // bytes of nonce and tag
const LOST = 1006; // close code of a line that just breaks

/** @implements {import("./connector.js").Line} */
class SealedLine {
  name;
  #codec;
  #line;
  #closed = false;

  /**
   * @param {SealedCodec} codec
   * @param {import("./codec.js").OpenLine} open
   * @param {import("./connector.js").LineListener} listener
   */
  constructor(codec, open, listener) {
    const tell = (name, ...values) => {
      if (!this.#closed) listener[name](...values);
    };
    this.#codec = codec;
    this.#line = open({
      message: (text, posted) => {
        const take = (plain) => tell("message", plain, posted);
        codec.open(text, posted, take, () => this.#refuse(listener));
      },
      closed: (code) => codec.afterwards(() => tell("closed", code)),
    });
    this.name = this.#line.name;
  }

  send(text) {
    this.#codec.seal(text, (message) => this.#line.send(message)); // nothing, once it is closed
  }

  close() {
    this.#closed = true;
    this.#line.close();
  }

  /** Something came that the server has not sent now: what else comes is not to be trusted. */
  #refuse(listener) {
    if (this.#closed) return;
    this.close();
    listener.closed(LOST);
  }
}

/** @implements {import("./codec.js").Codec} */
export class SealedCodec {
  #cipher;
  #platform;
  #sealing = Promise.resolve();
  #opening = Promise.resolve();

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {{crypto: Crypto, Date: typeof Date}} window
   * @param {{page: string, password: string}} config of the page
   */
  constructor(platform, { crypto, Date }, { page, password }) {
    this.#platform = platform;
    this.#cipher = new Cipher(crypto, password, page, Date.now());
  }

  line(open, listener) {
    return new SealedLine(this, open, listener);
  }

  room(bytes) {
    return Math.floor(bytes / 4) * 3 - FRAME; // base64 makes four bytes of three
  }

  /** Encrypt a text, and give it to `send` when those before it have been given. */
  seal(text, send) {
    const sealed = this.#cipher.seal(text); // numbered now
    this.#sealing = this.#sealing.then(async () => send(await sealed)).catch(this.#platform.report);
  }

  /** Decrypt a message, and give it to `take`, or call `refuse`, when those before it are done. */
  open(message, posted, take, refuse) {
    this.afterwards(async () => {
      let text;
      try {
        text = await this.#cipher.open(message, posted ? "answer" : "message");
      } catch (error) {
        this.#platform.log(`quick_htag: a message was refused: ${error}`);
        refuse();
        return;
      }
      take(text);
    });
  }

  /** Do something when the messages that have come are done. */
  afterwards(task) {
    this.#opening = this.#opening.then(task).catch(this.#platform.report);
  }
}

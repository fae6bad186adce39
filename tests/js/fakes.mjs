/* A small browser under test control: sockets, timers, events and elements. */

export class Target {
  #handlers = [];

  addEventListener(name, handler) {
    this.#handlers.push({ name, handler });
  }

  removeEventListener(name, handler) {
    this.#handlers = this.#handlers.filter((h) => h.name !== name || h.handler !== handler);
  }

  fire(name, event = {}) {
    for (const h of [...this.#handlers]) if (h.name === name) h.handler(event);
  }

  get listenerCount() {
    return this.#handlers.length;
  }
}

/** Timers that run when told; `now` is the clock they belong to. */
export class Clock {
  now = 0;
  #timers = new Map();
  #last = 0;

  setTimeout = (callback, ms) => {
    this.#timers.set(++this.#last, { callback, due: this.now + ms });
    return this.#last;
  };

  clearTimeout = (timer) => void this.#timers.delete(timer);

  /** The milliseconds left of each timer, soonest first. */
  get left() {
    return [...this.#timers.values()].map(({ due }) => due - this.now).sort((a, b) => a - b);
  }

  advance(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.due <= end);
      if (due.length === 0) break;
      const [timer, { callback, due: at }] = due.reduce((a, b) => (b[1].due < a[1].due ? b : a));
      this.#timers.delete(timer);
      this.now = at;
      callback();
    }
    this.now = end;
  }
}

/** A class of sockets that remembers each one made; the test plays the server. */
export function socketClass() {
  return class Socket {
    static all = [];

    static get last() {
      return this.all.at(-1);
    }

    sent = [];
    closed = false;

    constructor(url) {
      this.url = url;
      this.constructor.all.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.closed = true;
    }

    /** The server sends these messages. */
    says(...messages) {
      for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
    }

    /** The server, or the network, ends the connection. */
    drops(code = 1006) {
      this.onclose?.({ code });
    }

    get numbers() {
      return this.sent.map((message) => message.n);
    }
  };
}

class ClassList {
  names = new Set();

  toggle(name, on) {
    if (on) this.names.add(name);
    else this.names.delete(name);
  }
}

export class Element extends Target {
  /** Every element below and this one that a test is true for, in order. */
  findAll(test) {
    const below = [...this.children, ...(this.shadow ? [this.shadow] : [])];
    return [...(test(this) ? [this] : []), ...below.flatMap((child) => child.findAll(test))];
  }

  classList = new ClassList();
  attributes = {};
  children = [];
  parent = null;
  id = "";
  textContent = "";

  constructor(document, tagName) {
    super();
    this.document = document;
    this.tagName = tagName.toUpperCase();
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...elements) {
    for (const element of elements) element.parent = this;
    this.children.push(...elements);
  }

  prepend(...elements) {
    for (const element of elements) element.parent = this;
    this.children.unshift(...elements);
  }

  remove() {
    if (!this.parent) return;
    this.parent.children = this.parent.children.filter((child) => child !== this);
    this.parent = null;
  }

  attachShadow() {
    this.shadow = new Element(this.document, "shadow");
    this.shadow.parent = this;
    return this.shadow;
  }

  get isConnected() {
    return this === this.document.documentElement || Boolean(this.parent?.isConnected);
  }

  find(test) {
    if (test(this)) return this;
    const below = [...this.children, ...(this.shadow ? [this.shadow] : [])];
    for (const child of below) {
      const found = child.find(test);
      if (found) return found;
    }
    return null;
  }

  focus() {
    this.document.defaultView.fire("focus", { stopImmediatePropagation() {} });
    this.document.focused = this;
  }

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
    this.fire("close", { preventDefault() {} });
  }

  select() {
    this.selected = true;
  }

  setSelectionRange(start, end, direction) {
    if (this.type === "number") throw new Error("InvalidStateError"); // as browsers do
    Object.assign(this, {
      selectionStart: start,
      selectionEnd: end,
      selectionDirection: direction,
    });
  }
}

export class Document extends Target {
  visibilityState = "visible";
  readyState = "loading";
  focused = null;
  defaultView = new Target();
  documentElement = new Element(this, "html");
  head = new Element(this, "head"); // in no tree: tests count the elements of that

  constructor() {
    super();
    this.replaceBody();
  }

  get body() {
    return this.documentElement.children.find((child) => child.tagName === "BODY");
  }

  get activeElement() {
    return this.focused?.isConnected ? this.focused : this.body;
  }

  replaceBody(...children) {
    this.body?.remove();
    const body = this.createElement("body");
    body.append(...children);
    this.documentElement.append(body);
  }

  createElement(tagName) {
    return new Element(this, tagName);
  }

  getElementById(id) {
    return this.documentElement.find((element) => element.id === id);
  }

  querySelector(selector) {
    const value = JSON.parse(/^\[data-htag-id=(.*)\]$/.exec(selector)[1]);
    return this.documentElement.find((element) => element.getAttribute?.("data-htag-id") === value);
  }

  /** Only knows what brings additional heads. */
  querySelectorAll() {
    const heads = this.documentElement.children.filter((child) => child.tagName === "HEAD");
    return heads.slice(1).filter((head) => head.children.length === 0);
  }

  /** A text field as a browser has it. */
  input(properties) {
    const { htagId, ...others } = properties;
    const element = this.createElement("input");
    if (htagId) element.setAttribute("data-htag-id", htagId);
    const caret = { selectionStart: 0, selectionEnd: 0, selectionDirection: "none" };
    return Object.assign(element, { type: "text", value: "", defaultValue: "", ...caret }, others);
  }
}

/** A class of event sources that remembers each one made; the test plays the server. */
export function sourceClass() {
  return class Source extends Target {
    static all = [];

    static get last() {
      return this.all.at(-1);
    }

    closed = false;

    constructor(url) {
      super();
      this.url = url;
      this.constructor.all.push(this);
    }

    close() {
      this.closed = true;
    }

    /** The server sends these messages. */
    says(...messages) {
      for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
    }

    /** The server, or the network, ends the stream; without a code it just ends. */
    drops(code) {
      if (code) this.fire("close", { data: JSON.stringify({ code, reason: "" }) });
      else this.onerror?.({});
    }
  };
}

/** A `fetch` whose requests are answered by the test, oldest first. */
export class Requests {
  all = []; // {url, body, answer, fail, aborted}

  fetch = (url, { body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const request = {
        url,
        body: body && JSON.parse(body),
        aborted: false,
        answer: (value, status = 200) =>
          resolve({ ok: status === 200, status, json: async () => value }),
        fail: () => reject(new TypeError("Failed to fetch")),
      };
      signal?.addEventListener("abort", () => {
        request.aborted = true;
        reject(new Error("AbortError"));
      });
      this.all.push(request);
    });

  get last() {
    return this.all.at(-1);
  }

  /** The last request to this address. */
  to(name) {
    return this.all.findLast(({ url }) => url.includes(`/${name}?`));
  }
}

/** Let every promise that can go on go on. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A line listener that notes what it hears. */
export class Heard {
  messages = [];
  codes = [];
  message = (text, posted) => this.messages.push(posted ? [text, "posted"] : text);
  closed = (code) => this.codes.push(code);
}

export const LOCATION = { protocol: "http:", host: "h:8000", pathname: "/app" };

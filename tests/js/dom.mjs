/* A small document of elements, for what walks over pages: built of lists, as tests read best. */

class Node {
  constructor(text) {
    this.nodeType = 3;
    this.nodeValue = text;
  }
}

class Element {
  nodeType = 1;
  parentElement = null;
  childNodes = [];
  told = []; // names of the events dispatched to it
  #handlers = [];

  constructor(tag, attributes) {
    this.tagName = tag.toUpperCase();
    this.attributes = Object.entries(attributes).map(([name, value]) => ({ name, value }));
    this.type = attributes.type ?? (this.tagName === "INPUT" ? "text" : "");
    this.value = this.defaultValue = attributes.value ?? "";
    this.checked = this.defaultChecked = "checked" in attributes;
    if (this.tagName === "INPUT" || this.tagName === "TEXTAREA") this.setSelectionRange(0, 0);
  }

  get id() {
    return this.getAttribute("id") ?? "";
  }

  get children() {
    return this.childNodes.filter((node) => node.nodeType === 1);
  }

  get options() {
    return this.children;
  }

  get selectedIndex() {
    return this.options.findIndex((option) => option.selected);
  }

  getAttribute(name) {
    return this.attributes.find((one) => one.name === name)?.value ?? null;
  }

  hasAttribute(name) {
    return this.getAttribute(name) !== null;
  }

  contains(other) {
    for (let one = other; one; one = one.parentElement) if (one === this) return true;
    return false;
  }

  closest(selectors) {
    const names = selectors.split(", ").map((name) => name.toUpperCase());
    for (let one = this; one; one = one.parentElement) {
      const role = `[ROLE=${one.getAttribute("role")?.toUpperCase()}]`;
      if (names.includes(one.tagName) || names.includes(role)) return one;
    }
    return null;
  }

  get all() {
    return this.children.flatMap((child) => [child, ...child.all]);
  }

  getElementsByTagName(name) {
    return this.all.filter((element) => element.tagName === name);
  }

  querySelectorAll(selectors) {
    const names = selectors.toUpperCase().split(", ");
    return this.all.filter((element) => names.includes(element.tagName));
  }

  setSelectionRange(start, end) {
    Object.assign(this, { selectionStart: start, selectionEnd: end });
  }

  focus() {
    let root = this;
    while (root.parentElement) root = root.parentElement;
    root.document.activeElement = this;
  }

  addEventListener(name, handler) {
    this.#handlers.push({ name, handler });
  }

  removeEventListener(name, handler) {
    this.#handlers = this.#handlers.filter((one) => one.name !== name || one.handler !== handler);
  }

  get listenerCount() {
    return this.#handlers.length;
  }

  /** The browser tells of something. */
  fire(name, event = {}) {
    for (const one of [...this.#handlers]) if (one.name === name) one.handler(event);
  }

  dispatchEvent({ type }) {
    this.told.push(type);
    this.fire(type);
  }
}

/** `["div", {class: "a"}, "text", ["b"]]` as an element; attributes may be left out. */
function build([tag, ...rest]) {
  const hasAttributes = rest[0]?.constructor === Object;
  const element = new Element(tag, hasAttributes ? rest[0] : {});
  for (const part of hasAttributes ? rest.slice(1) : rest) {
    const node = Array.isArray(part) ? build(part) : new Node(part);
    node.parentElement = element;
    element.childNodes.push(node);
  }
  if (element.tagName === "SELECT") {
    for (const option of element.options) {
      option.selected = option.defaultSelected = option.hasAttribute("selected");
    }
    if (element.selectedIndex < 0) element.options[0].selected = true;
  }
  return element;
}

/** A document whose body has this content. */
export function page(...content) {
  const body = build(["body", ...content]);
  const handlers = [];
  const document = {
    body,
    activeElement: body,
    defaultView: {
      addEventListener() {},
      removeEventListener() {},
      Event: class {
        constructor(type) {
          this.type = type;
        }
      },
    },
    addEventListener: (name, handler) => handlers.push({ name, handler }),
    fire: (name, target) => {
      for (const one of handlers) if (one.name === name) one.handler({ target });
    },
    getElementById: (id) => [body, ...body.all].find((element) => element.id === id) ?? null,
    querySelector: (selector) => {
      const id = JSON.parse(/=(.*)\]$/.exec(selector)[1]);
      return body.all.find((element) => element.getAttribute("data-htag-id") === id) ?? null;
    },
    querySelectorAll: () => [body, ...body.all].filter((one) => one.id || one.hasAttribute("data-htag-id")),
    first: (name) => body.all.find((element) => element.tagName === name.toUpperCase()),
    named: (name) => body.all.find((element) => element.getAttribute("class") === name),
  };
  body.document = document;
  return document;
}

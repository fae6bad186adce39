/*
 * Where an element stands in a page, and what tells it from others, so that it is found in another
 * page of the same app, whose ids are other ones. Only a certain match counts: the same place, the
 * same content, and nothing else there that looks like it.
 *
 * Elements that look alike, the buttons of the rows of a table say, are told apart by what is
 * around them: as much of it as is needed must be the same as well, and what is in a row, an item
 * of a list or a dialog is always known by all of that.
 */

const UNITS = "dialog, li, tr, [role=dialog], [role=alertdialog], [role=listitem], [role=row]";
const OURS = ["QUICK-HTAG-OVERLAY", "HTAG-ERROR"];
const LABELLED = ["button", "submit", "reset", "image", "checkbox", "radio"]; // by their value
const ID = /\d{5,}$/; // the end of an id that htag has made
const NUMBER = /\d{5,}/g;

/**
 * @typedef {object} Place
 * @property {string} path names and positions, from <body> on
 * @property {number} depth how many elements around it must be the same
 * @property {string} print of the last of these, or of itself
 */

/** 53 bits of a text, as cyrb53 mixes them. */
function hash(text) {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return `${text.length}.${(low >>> 0).toString(36)}.${(high >>> 0).toString(36)}`;
}

/** One step of a path. */
function step(element) {
  return `${element.tagName}:${[...element.parentElement.children].indexOf(element)}`;
}

/** Whether an attribute says what the user, or the page itself, has made of an element. */
function passing({ tagName, type }, name) {
  if (tagName === "BODY") return name === "class" || name === "style";
  if (name === "checked" || name === "selected") return true;
  return name === "value" && tagName === "INPUT" && !LABELLED.includes(type);
}

/** The elements of a page as it is now; to be made anew when it has changed. */
export class Places {
  #document;
  #ids = new Set();
  #texts = new Map(); // of elements

  /** @param {Document} document */
  constructor(document) {
    this.#document = document;
    for (const element of document.querySelectorAll("[id], [data-htag-id]")) {
      for (const name of ["id", "data-htag-id"]) {
        const found = ID.exec(element.getAttribute(name) ?? "");
        if (found) this.#ids.add(found[0]);
      }
    }
  }

  /** The way to an element; null when it is not in <body>. */
  path(element) {
    const steps = [];
    for (let one = element; one !== this.#document.body; one = one.parentElement) {
      if (!one?.parentElement) return null;
      steps.unshift(step(one));
    }
    return steps.join(" ");
  }

  /** The element at the end of a way; null when it is another one, or none. */
  at(path) {
    let element = this.#document.body;
    for (const one of path ? path.split(" ") : []) {
      element = element.children[Number(one.split(":")[1])];
      if (!element || step(element) !== one) return null;
    }
    return element;
  }

  /**
   * What finds the element in another page.
   *
   * @param {Element} element
   * @returns {Place | null} null: it is not in <body>
   */
  of(element) {
    const path = this.path(element);
    if (path === null) return null;
    const unit = element.closest(UNITS);
    const { body } = this.#document;
    let [depth, around] = [0, element];
    while (around !== body && !(this.#isAlone(element, depth) && (!unit || around.contains(unit)))) {
      depth += 1;
      around = around.parentElement;
    }
    return { path, depth, print: hash(this.#text(around, element)) };
  }

  /**
   * The element a place is of.
   *
   * @param {Place | null} place
   * @returns {Element | null} null: there is none, or it is not certain
   */
  find(place) {
    const element = place && this.at(place.path);
    if (!element) return null;
    let around = element;
    for (let steps = place.depth; steps > 0; steps -= 1) around = around.parentElement;
    if (hash(this.#text(around, element)) !== place.print) return null;
    return this.#isAlone(element, place.depth) ? element : null;
  }

  /** Whether no other element looks the same with as many elements around it. */
  #isAlone(element, depth) {
    const [way, text] = this.#look(element, depth);
    for (const other of this.#document.body.getElementsByTagName(element.tagName)) {
      if (other === element) continue;
      const [otherWay, otherText] = this.#look(other, depth);
      if (otherWay === way && otherText === text) return false;
    }
    return true;
  }

  #look(element, depth) {
    const { body } = this.#document;
    const steps = [];
    let around = element;
    for (let left = depth; left > 0 && around !== body; left -= 1) {
      steps.push(step(around));
      around = around.parentElement;
    }
    return [steps.length === depth ? steps.join(" ") : "", this.#text(around, element)];
  }

  /** An element in words, without ids and without what is typed; <body> itself without content. */
  #text(element, asked) {
    if (element === asked && element === this.#document.body) return this.#head(element);
    let text = this.#texts.get(element);
    if (text === undefined) {
      text = this.#head(element);
      if (element.tagName !== "TEXTAREA") {
        for (const node of element.childNodes) text += this.#content(node);
      }
      this.#texts.set(element, `${text}</>`);
    }
    return this.#texts.get(element);
  }

  #content(node) {
    if (node.nodeType === 3) return this.#general(node.nodeValue);
    if (node.nodeType !== 1 || OURS.includes(node.tagName)) return "";
    return this.#text(node, null);
  }

  #head(element) {
    const parts = [];
    for (const { name, value } of element.attributes) {
      if (!passing(element, name)) parts.push(`${name}=${JSON.stringify(this.#general(value))}`);
    }
    return `<${element.tagName} ${parts.sort().join(" ")}>`;
  }

  /** A text with a sign in the place of ids. */
  #general(text) {
    return text.replace(NUMBER, (number) => (this.#ids.has(number) ? "#" : number));
  }
}

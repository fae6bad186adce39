/*
 * What a user has typed and chosen, taken from a page that is loaded again into the one that comes.
 *
 * What a field tells with each key (`input`), the new app is told again: it may not know. What is
 * told when it is done (`change`) is told once: has the app been told, it is the app's to show; has
 * it not, the field tells it when the user leaves it, as browsers do. Secrets are not kept.
 */
import { focusSilently } from "./focus.js";

const SECRET_TYPES = ["password", "file", "hidden", "submit", "button", "reset", "image"];
const SECRETS = /^(cc-|one-time-code|current-password|new-password)/;

/**
 * @typedef {object} Kept one field
 * @property {import("./places.js").Place} place
 * @property {string | null} state null: it is the app's to show
 * @property {string[]} untold by which events it should tell its app: input, change
 * @property {boolean} focused
 * @property {[number, number] | null} selection
 */

/** What the user has made of a field, as text. */
function stateOf(field) {
  if (field.type === "checkbox" || field.type === "radio") return String(field.checked);
  if (field.tagName !== "SELECT") return field.value;
  return JSON.stringify([...field.options].map((option) => option.selected));
}

function isTouched(field) {
  if (field.type === "checkbox" || field.type === "radio") {
    return field.checked !== field.defaultChecked;
  }
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  if (options.every((option) => !option.defaultSelected) && !field.multiple) {
    return field.selectedIndex > 0;
  }
  return options.some((option) => option.selected !== option.defaultSelected);
}

function isSecret(field) {
  return SECRET_TYPES.includes(field.type) || SECRETS.test(field.autocomplete ?? "");
}

function setState(field, state) {
  if (field.type === "checkbox" || field.type === "radio") field.checked = state === "true";
  else if (field.tagName !== "SELECT") field.value = state;
  else JSON.parse(state).forEach((chosen, index) => (field.options[index].selected = chosen));
}

/** Remembers which values fields have told by `change`. */
export class Fields {
  #document;
  #told = new WeakMap();

  /** @param {Document} document */
  constructor(document) {
    this.#document = document;
    const note = ({ target }) => target && this.#told.set(target, stateOf(target));
    document.addEventListener("change", note, true);
  }

  /**
   * What is in the fields and not in the document.
   *
   * @param {import("./places.js").Places} places
   * @param {(field: Element, name: string) => boolean} isAwaited whether such an event of it, input
   *   or change, is still to be delivered
   * @returns {Kept[]}
   */
  kept(places, isAwaited) {
    const { activeElement, body } = this.#document;
    const found = [];
    for (const field of body.querySelectorAll("input, textarea, select")) {
      const focused = field === activeElement;
      const awaited = ["input", "change"].filter((name) => isAwaited(field, name));
      const typed = isTouched(field) && (awaited.length > 0 || !this.#isSettled(field));
      if (isSecret(field) || !(focused || typed)) continue;
      const state = typed ? stateOf(field) : null;
      const untold = this.#untold(field).filter((name) => !awaited.includes(name));
      const selection =
        typeof field.selectionStart === "number" ? [field.selectionStart, field.selectionEnd] : null;
      found.push({ place: places.of(field), state, untold, focused, selection });
    }
    return found;
  }

  /** Whether the app has been told of the value, by the only event it wants to hear. */
  #isSettled(field) {
    return (
      field.hasAttribute("onchange") &&
      !field.hasAttribute("oninput") &&
      this.#told.get(field) === stateOf(field)
    );
  }

  #untold(field) {
    const names = field.hasAttribute("oninput") ? ["input"] : [];
    const changed = field.hasAttribute("onchange") && this.#told.get(field) !== stateOf(field);
    return changed ? [...names, "change"] : names;
  }

  /**
   * Put it into the fields of this page.
   *
   * @param {import("./places.js").Places} places
   * @param {Kept[]} kept
   * @returns {Kept[]} those whose fields are not there
   */
  restore(places, kept) {
    const found = kept.map((one) => [one, places.find(one.place)]); // before anything changes
    for (const [one, field] of found) if (field) this.#restore(field, one);
    return found.filter(([, field]) => !field).map(([one]) => one);
  }

  #restore(field, { state, untold, focused, selection }) {
    const changes = state !== null && stateOf(field) !== state;
    if (changes) setState(field, state);
    if (focused) {
      focusSilently(this.#document, field);
      if (selection && stateOf(field) === state) field.setSelectionRange(...selection);
    }
    if (!changes) return;
    if (untold.includes("input")) this.#tell(field, "input");
    if (untold.includes("change")) this.#tellLater(field);
  }

  #tell(field, name) {
    field.dispatchEvent(new this.#document.defaultView.Event(name, { bubbles: true }));
  }

  /** As browsers tell what was typed: not what is put into a field by a script. */
  #tellLater(field) {
    const done = () => {
      field.removeEventListener("change", done);
      field.removeEventListener("blur", due);
      field.removeEventListener("keydown", entered, true);
    };
    const due = () => {
      done();
      this.#tell(field, "change");
    };
    const entered = ({ key }) => key === "Enter" && field.tagName === "INPUT" && due();
    field.addEventListener("change", done);
    field.addEventListener("blur", due);
    field.addEventListener("keydown", entered, true);
  }
}

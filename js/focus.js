/*
 * A payload replaces elements, and with an element goes its focus. The server does not know where
 * the user is typing, so the page remembers it around each payload.
 */

/**
 * What has the focus, for `restore`; null: nothing.
 *
 * @param {Document} document
 */
export function remember(document) {
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return null;
  return {
    element,
    id: element.id,
    htagId: element.getAttribute("data-htag-id"),
    value: element.value,
    typed: typeof element.defaultValue === "string" && element.value !== element.defaultValue,
    // null for inputs without a caret, as type=number
    selection: [element.selectionStart, element.selectionEnd, element.selectionDirection],
  };
}

function successor(document, { element, id, htagId }) {
  const found =
    (id && document.getElementById(id)) ||
    (htagId && document.querySelector(`[data-htag-id=${JSON.stringify(htagId)}]`));
  return found && found.tagName === element.tagName && found.type === element.type ? found : null;
}

/** Focus without the page's own focus handlers: one that redraws its element would run for ever. */
export function focusSilently(document, element) {
  const mute = (event) => event.stopImmediatePropagation();
  const names = ["focus", "focusin"];
  const view = document.defaultView;
  for (const name of names) view.addEventListener(name, mute, true);
  element.focus({ preventScroll: true });
  for (const name of names) view.removeEventListener(name, mute, true);
}

/**
 * Give the focus to what has taken the place of the element that had it.
 *
 * @param {Document} document
 * @param {ReturnType<typeof remember>} before
 * @param {boolean} keepTyped put back what the user typed
 */
export function restore(document, before, keepTyped) {
  const active = document.activeElement;
  const idle = !active || active === document.body || active === document.documentElement;
  if (before.element.isConnected || !idle) return; // nothing lost, or the payload moved the focus
  const element = successor(document, before);
  if (!element) return;
  if (keepTyped && before.typed && element.type !== "file") element.value = before.value;
  focusSilently(document, element);
  if (typeof before.selection[0] === "number" && element.value === before.value) {
    element.setSelectionRange(...before.selection);
  }
}

/**
 * Change the page and give the focus back to the element that replaced the focused one, the caret
 * too when its text is the same.
 *
 * @param {Document} document
 * @param {boolean} keepTyped put back what the user typed: for a redraw the user did not ask for
 * @param {() => void} change
 */
export function keepFocus(document, keepTyped, change) {
  const before = remember(document);
  try {
    change();
  } finally {
    if (before) restore(document, before, keepTyped);
  }
}

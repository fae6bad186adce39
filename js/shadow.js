/*
 * Elements of ours in pages that are somebody else's: in shadow trees, because apps style everything,
 * and with style sheets that a content security policy has nothing against.
 */

/** Rules for what is used, by the colours that a sheet has. */
export const CONTROLS = `
button {
  font: inherit; font-weight: 600; padding: 8px 18px; border: 1px solid var(--line);
  border-radius: 8px; color: var(--text); background: transparent; cursor: pointer;
}
button.first { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
button.first.danger { background: var(--danger); border-color: var(--danger); }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }`;

/** Colours that follow the system, for what lies over the page; and the rules. */
export const OVER_THE_PAGE = `
:host {
  --text: #1d2430; --quiet: #5a6474; --back: #fff; --line: #c9d0da; --accent: #1d5fc4;
  --on-accent: #fff; --danger: #b3261e; --good: #1a7f37; --warn: #9a6700;
  color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :host {
    --text: #e8ebf0; --quiet: #aab3c2; --back: #232833; --line: #454d5c; --accent: #8ab8f7;
    --on-accent: #0d1a2e; --danger: #ff9d94; --good: #6fd88b; --warn: #f0c04a;
  }
}
${CONTROLS}`;

/**
 * Give a shadow tree, or the document, a style sheet more.
 *
 * @param {ShadowRoot | Document} root
 * @param {Document} document
 * @param {string} css
 */
export function dress(root, document, css) {
  const Sheet = document.defaultView.CSSStyleSheet;
  if (Sheet && "adoptedStyleSheets" in root) {
    const sheet = new Sheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return;
  }
  (root.head ?? root).append(Object.assign(document.createElement("style"), { textContent: css }));
}

/**
 * An element on <html>, since payloads replace <body>, whose shadow tree has `parts`.
 *
 * @param {Document} document
 * @param {string} name of the element
 * @param {string} css
 * @param {Element[]} parts
 * @returns {() => void} puts it into the page, again if something has taken it out
 */
export function shadowHost(document, name, css, parts) {
  const host = document.createElement(name);
  const root = host.attachShadow({ mode: "open" });
  dress(root, document, css);
  root.append(...parts);
  return () => {
    if (!host.isConnected) document.documentElement.append(host);
  };
}

/**
 * @param {Document} document
 * @returns {(tag: string, properties?: object, ...children: Element[]) => any} makes an element
 */
export function maker(document) {
  return (tag, { attributes = {}, ...properties } = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
}

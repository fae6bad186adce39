import { below } from "./address.js";

/**
 * Have the browser save what the server offers.
 *
 * The link is not put into the document, so that no handler of the app sees the click; `download`
 * keeps the page where it is even if the answer is an error. The server says the name.
 *
 * @param {{document: Document, location: {pathname: string}}} window
 * @param {string} page id of the page
 * @param {string} offer what names it
 */
export function save({ document, location }, page, offer) {
  const link = document.createElement("a");
  link.href = below(location, "offer", { page, offer });
  link.download = "";
  link.click();
}

/*
 * A page whose app is gone while its session lives, after a restart of the server say, is loaded
 * again, once: the browser keeps the scroll position. If that does not help soon, the user is asked.
 */

const KEY = "quick_htag_renewed";
const LOST = "quick_htag_undelivered"; // the page before this one had events that nobody handles
const PATIENCE = 20000; // ms that a renewed page must last before it may be renewed again

/**
 * Load the page again, unless that has just happened.
 *
 * @param {Window} window
 * @param {number} undelivered events the server has not confirmed: they were for an app that is gone
 * @returns {boolean} whether it is being loaded
 */
export function renew(window, undelivered = 0) {
  const now = window.Date.now();
  try {
    const last = Number(window.sessionStorage.getItem(KEY));
    if (now - last < PATIENCE) return false;
    window.sessionStorage.setItem(KEY, String(now));
    if (undelivered > 0) window.sessionStorage.setItem(LOST, "1");
  } catch {
    return false; // without a memory it could go on for ever
  }
  window.location.reload();
  return true;
}

/**
 * Whether events of the page before this one were left; tells it once.
 *
 * @param {Window} window
 */
export function leftUndelivered(window) {
  try {
    const left = window.sessionStorage.getItem(LOST) !== null;
    if (left) window.sessionStorage.removeItem(LOST);
    return left;
  } catch {
    return false; // no memory, so nothing was left in it
  }
}

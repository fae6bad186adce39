/*
 * A page whose app is gone while its session lives, after a restart of the server say, is loaded
 * again, once: the browser keeps the scroll position. If that does not help soon, the user is asked.
 */

const KEY = "quick_htag_renewed";
const PATIENCE = 20000; // ms that a renewed page must last before it may be renewed again

/**
 * Load the page again, unless that has just happened.
 *
 * @param {Window} window
 * @returns {boolean} whether it is being loaded
 */
export function renew(window) {
  const now = window.Date.now();
  try {
    const last = Number(window.sessionStorage.getItem(KEY));
    if (now - last < PATIENCE) return false;
    window.sessionStorage.setItem(KEY, String(now));
  } catch {
    return false; // without a memory it could go on for ever
  }
  window.location.reload();
  return true;
}

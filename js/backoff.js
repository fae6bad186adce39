/**
 * How long to wait before the next attempt: the upper bound doubles up to a cap, and the delay is
 * random below it, so that the clients of a restarted server do not come back all at once.
 *
 * @param {number} attempt failed attempts so far, from 0
 * @param {() => number} random as Math.random: from 0 up to but not including 1
 * @param {{least?: number, first?: number, most?: number}} [bounds] milliseconds: the least delay,
 *   the upper bound of the first one, and the cap
 * @returns {number} milliseconds
 */
export function backoffDelay(attempt, random, { least = 100, first = 300, most = 10000 } = {}) {
  const bound = Math.min(most, first * 2 ** attempt);
  return least + random() * (bound - least);
}

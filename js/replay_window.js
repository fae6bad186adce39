/*
 * Tells a message that comes late from one that comes again: the window of RFC 4303, 3.4.3. The
 * server's side has the same words.
 */

const SIZE = 4096n;
const MASK = (1n << SIZE) - 1n;

export class ReplayWindow {
  #last = 0n; // the highest number taken
  #taken = 0n; // bit n: the number n below that was taken

  /**
   * Take a number.
   *
   * @param {bigint} number
   * @returns {string} why it must not be taken; empty: it is
   */
  take(number) {
    const ahead = number - this.#last;
    if (ahead > 0n) {
      this.#taken = ahead < SIZE ? ((this.#taken << ahead) | 1n) & MASK : 1n;
      this.#last = number;
      return "";
    }
    if (-ahead >= SIZE) return `the message is older than the last ${SIZE}`;
    const bit = 1n << -ahead;
    if (this.#taken & bit) return "the message was received before";
    this.#taken |= bit;
    return "";
  }
}

/* What pages of htag 2 send, `{id, event, data}`, seen as the doing of an element. */

function byId(document, id) {
  const named = `[data-htag-id=${JSON.stringify(String(id))}]`;
  return document.getElementById(id) ?? document.querySelector(named);
}

/** @implements {import("./leftovers.js").Calls} */
export const htag2Calls = {
  /** Whether a user has done it: reports of errors and our own messages are nobody's doing. */
  counts: ({ event }) => event !== undefined,

  /** The id of an element in what is sent. */
  idOf: (element) => element.getAttribute("data-htag-id") ?? element.id,

  /** Id of the element whose handler sends it: handlers belong to the element they are for. */
  sourceOf: (window, { id }) => String(id),

  /** The element it is meant for. */
  targetOf: (document, { id }) => byId(document, id),

  /** Whether a handler of this element sends to that one. */
  leads: (source, target) => source === target,

  /** The same for another element; nobody waits for the answer any more. */
  aimed({ event, data }, target) {
    const { callback_id: _, ...rest } = data ?? {};
    return { id: target.getAttribute("data-htag-id") ?? target.id, event, data: rest };
  },
};

/* What pages of htag 1 send, `{id, method, args, kargs, event}`, seen as the doing of an element. */

const OWN = ["__on__", "__on_event__"]; // methods of handlers that belong to the element itself

function handlers(element) {
  return [...element.attributes].filter(({ name }) => name.startsWith("on"));
}

/** @implements {import("./leftovers.js").Calls} */
export const htag1Calls = {
  /** Whether a user has done it: our own messages are nobody's doing. */
  counts: ({ method }) => method !== undefined,

  /** The id of an element in what is sent. */
  idOf: (element) => element.id,

  /** Id of the element whose handler sends it now; empty: nobody can tell. */
  sourceOf({ event, document }, { id, method }) {
    const element = event?.currentTarget;
    const handler = element?.getAttribute?.(`on${event.type}`);
    if (handler?.includes(String(id))) return element.id;
    return OWN.includes(method) && document.getElementById(String(id)) ? String(id) : "";
  },

  /** The element it is meant for, which need not be the one that sends it. */
  targetOf: (document, { id }) => document.getElementById(String(id)),

  /** Whether a handler of this element sends to that one. */
  leads: (source, target) =>
    handlers(source).some(({ value }) => new RegExp(`\\b${target.id}\\b`).test(value)),

  /** The same for another element. */
  aimed(payload, target) {
    const args = [...(payload.args ?? [])];
    if (OWN.includes(payload.method) && typeof args[0] === "string") {
      args[0] = args[0].replace(new RegExp(`\\b${payload.id}$`), target.id);
    }
    return { ...payload, id: Number(target.id), args };
  },
};

/* A page to run an entry file in. The entries find it as the global `window`, one at a time. */
import { Clock, Document, socketClass, Target } from "./fakes.mjs";

/** A fake `window` before any script has run; `ready()` completes its document. */
export function pageWorld(config = { page: "p1", seen: 0, script: "" }) {
  const clock = new Clock();
  const document = new Document();
  const Socket = socketClass();
  const seen = { errors: [], logs: [], evaluated: [], reloads: [] };
  const stored = new Map();
  const window = Object.assign(new Target(), {
    document,
    WebSocket: Socket,
    Math,
    performance: { now: () => clock.now },
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    location: { protocol: "http:", host: "h", pathname: "/app", reload: () => seen.reloads.push(clock.now) },
    Date: { now: () => 1e12 + clock.now },
    sessionStorage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    },
    console: { error: (text) => seen.logs.push(text) },
    reportError: (error) => seen.errors.push(error),
    eval: (code) => seen.evaluated.push(code),
    quick_htag_page: config,
  });
  const ready = () => {
    document.readyState = "interactive";
    document.fire("DOMContentLoaded");
  };
  return { window, document, clock, Socket, ready, ...seen };
}

let runs = 0;

/** Run an entry of `js/` in a new page. */
export async function runEntry(name, config) {
  const world = pageWorld(config);
  globalThis.window = world.window;
  await import(`../../js/${name}?run=${++runs}`); // the query makes it a new module each time
  return world;
}

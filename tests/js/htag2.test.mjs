import assert from "node:assert/strict";
import { test } from "node:test";

import { runEntry } from "./page_world.mjs";

/** A page of htag 2 with what our client uses of htag's own. */
async function page() {
  const world = await runEntry("htag2.js");
  const { window } = world;
  const payloads = [];
  window._htag_callbacks = {};
  window._dec_interacting = (id) => delete window._htag_callbacks[id];
  window.handle_payload = (payload, source) => {
    payloads.push([payload, source]);
    const resolve = window._htag_callbacks[payload.callback_id];
    window._dec_interacting(payload.callback_id);
    resolve?.(payload.result);
  };
  const event = (id) =>
    new Promise((resolve) => {
      window._htag_callbacks[id] = resolve;
      window.htag_transport({ id: "t", event: "click", data: { callback_id: id } });
    });
  return { ...world, event, payloads };
}

/** As `page`, connected. */
async function connected() {
  const world = await page();
  world.ready();
  world.Socket.last.says({ hello: 0 });
  return world;
}

test("htag's own client is told to leave the connection alone", async () => {
  const { window } = await runEntry("htag2.js");
  assert.equal(window.HTAG_EXT_INIT, true);
  assert.deepEqual(window._htag_queue, []);
  assert.equal(typeof window.htag_transport, "function");
});

test("events of htag go out, also those of before the connection", async () => {
  const { window, Socket, ready } = await page();
  window.htag_transport({ id: "t", event: "click", data: { callback_id: "c" } });
  ready();
  Socket.last.says({ hello: 0 });
  assert.equal(Socket.last.sent[0].p.event, "click");
});

test("payloads go to htag's handle_payload", async () => {
  const { Socket, payloads } = await connected();
  Socket.last.says({ n: 1, p: { action: "update", updates: {} } });
  assert.deepEqual(payloads, [[{ action: "update", updates: {} }, "WS"]]);
});

test("an event's promise resolves with the answer", async () => {
  const { Socket, event } = await connected();
  const answer = event("c1");
  Socket.last.says({ ack: 1 }, { n: 1, p: { callback_id: "c1", result: 42 } }, { done: 1 });
  assert.equal(await answer, 42);
});

test("the promise of an event sent again after a reconnect resolves", async () => {
  const { Socket, clock, event } = await connected();
  const answer = event("c1");
  Socket.last.drops();
  clock.advance(300);
  Socket.last.says({ hello: 0 });
  assert.equal(Socket.last.sent[0].p.data.callback_id, "c1");
  Socket.last.says({ ack: 1 }, { n: 1, p: { callback_id: "c1", result: "late" } }, { done: 1 });
  assert.equal(await answer, "late");
});

test("a promise whose answer was lost in a redraw resolves when the event is done", async () => {
  const { Socket, clock, event, window } = await connected();
  const answer = event("c1");
  Socket.last.says({ ack: 1 });
  Socket.last.drops();
  clock.advance(300);
  Socket.last.says({ hello: 1 }, { n: 50, p: {}, full: true }, { done: 1 });
  assert.equal(await answer, null);
  assert.deepEqual(window._htag_callbacks, {});
});

test("the promise of a refused event resolves with null", async () => {
  const { window, event } = await connected();
  window.quick_htag.close();
  assert.equal(await event("c1"), null);
});

test("a message without a callback is sent too", async () => {
  const { window, Socket } = await connected();
  window.htag_transport({ action: "other", text: "x" });
  assert.deepEqual(Socket.last.sent[0].p, { action: "other", text: "x" });
});

test("an error that htag has caught is told in our form", async () => {
  const { window, Socket } = await connected();
  window.htag_transport({ action: "log_error", error: "JS Eval Error: oops" });
  const { kind, text } = Socket.last.sent[0].p.browser_error;
  assert.deepEqual([kind, text], ["script", "JS Eval Error: oops"]);
});

test("htag's own overlay and hooks for errors are off", async () => {
  const { window, ready } = await page();
  const shown = [];
  const overlay = { show: (text) => shown.push(text), removeAttribute: (name) => shown.push(name) };
  const own = () => {};
  Object.assign(window, { _error_overlay: overlay, onunhandledrejection: own });
  window.onerror = () => "log_error";
  ready();
  overlay.show("Server Error");
  assert.deepEqual([shown, window.onerror, window.onunhandledrejection], [["show"], null, own]);
});

test("interacting is left to htag's own client", async () => {
  const { document, event } = await connected();
  void event("c1");
  assert.deepEqual([...document.body.classList.names], []);
});

test("a redraw brings the statics a page has missed, and those it has no second time", async () => {
  const { Socket, payloads, document } = await connected();
  const element = (text) => ({ text, isEqualNode: (other) => other.text === text });
  document.head = { children: [element("<style>a</style>")] };
  document.createElement = () => ({
    set innerHTML(text) {
      this.firstChild = element(text);
    },
  });
  const statics = [" <style>a</style>", "<style>late</style>"];
  Socket.last.says({ n: 5, p: { action: "update", updates: {}, statics }, full: true });
  assert.deepEqual(payloads.at(-1)[0].statics, ["<style>late</style>"]);
});

test("when the session ends, promises nobody will answer resolve", async () => {
  const { Socket, event, window } = await connected();
  const answers = [event("c1"), event("c2")];
  Socket.last.says({ ack: 1 });
  Socket.last.drops(4001);
  assert.deepEqual(await Promise.all(answers), [null, null]);
  assert.deepEqual(window._htag_callbacks, {});
});

test("what scripts put into htag's queue goes out when the page is connected", async () => {
  const { window, Socket, ready } = await page();
  window._htag_queue.push({ id: "t", event: "click", data: {} });
  ready();
  Socket.last.says({ hello: 0 });
  assert.equal(Socket.last.sent[0].p.event, "click");
  assert.deepEqual(window._htag_queue, []);
});

test("htag's functions that connect lead to our connection", async () => {
  const { window, Socket, ready } = await page();
  window.init_ws = window.fallback = () => assert.fail("htag's own");
  ready();
  Socket.last.says({ hello: 0 });
  window._htag_queue.push({ id: "t", event: "click", data: {} });
  window.init_ws();
  window.fallback();
  window._send_http({ action: "other" });
  assert.equal(Socket.all.length, 1);
  assert.deepEqual(
    Socket.last.sent.map(({ p }) => p.event ?? p.action),
    ["click", "other"],
  );
  Socket.last.drops();
  window.init_ws();
  assert.equal(Socket.all.length, 2);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { runEntry } from "./page_world.mjs";

/** A page of htag 1, connected; its `action` is the given function. */
async function connected(action = () => {}) {
  const world = await runEntry("htag1.js");
  world.window.action = action;
  world.ready();
  world.Socket.last.says({ hello: 0 });
  return world;
}

test("interact's messages go out as events, also those of before the connection", async () => {
  const { window, Socket, ready } = await runEntry("htag1.js");
  window.quick_htag.send({ id: 5, method: "__on__", args: ["onclick-5"], kargs: {}, event: {} });
  ready();
  Socket.last.says({ hello: 0 });
  assert.equal(Socket.last.sent[0].p.method, "__on__");
});

test("payloads go to the page's action, as objects", async () => {
  const applied = [];
  const { Socket } = await connected((payload) => applied.push(payload));
  Socket.last.says({ n: 1, p: { update: { 5: "<b></b>" } } });
  assert.deepEqual(applied, [{ update: { 5: "<b></b>" } }]);
});

test("an action that throws, as for an err, is reported and the next one comes", async () => {
  const applied = [];
  const { Socket, errors, window } = await connected((payload) => {
    if (payload.err) throw payload.err;
    applied.push(payload);
  });
  Socket.last.says({ n: 1, p: { err: "division by zero" } }, { n: 2, p: { post: "x" } });
  assert.deepEqual(errors, ["division by zero"]);
  assert.deepEqual(applied, [{ post: "x" }]);
  assert.equal(window.quick_htag.state, "open");
});

test("the failure of a handler goes to action, and is no error of a script", async () => {
  const applied = [];
  const { Socket, errors } = await connected((payload) => {
    applied.push(payload);
    throw payload.err;
  });
  Socket.last.says({ n: 1, p: { err: "failed", problem: { reference: "a1b2c3d4" } } });
  assert.deepEqual([applied, errors], [[{ err: "failed" }], []]);
});

test("the body is interacting until the event is done", async () => {
  const { window, document, Socket } = await connected();
  window.quick_htag.send({ id: 5 });
  assert.ok(document.body.classList.names.has("interacting"));
  Socket.last.says({ ack: 1 }, { done: 1 });
  assert.ok(!document.body.classList.names.has("interacting"));
});

test("the empty head that comes with a new body is removed, though action throws", async () => {
  const { Socket, document } = await connected(() => {
    document.documentElement.append(document.createElement("head"));
    throw new Error("script of the app");
  });
  document.documentElement.append(document.createElement("head"));
  Socket.last.says({ n: 1, p: { update: { 0: "<body></body>" } } });
  assert.equal(document.documentElement.children.filter((c) => c.tagName === "HEAD").length, 1);
});

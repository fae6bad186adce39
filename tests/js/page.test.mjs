import assert from "node:assert/strict";
import { test } from "node:test";
import { webcrypto } from "node:crypto";

import { joinPage } from "../../js/page.js";
import { settled } from "./fakes.mjs";
import { htag1Calls } from "../../js/htag1_calls.js";
import { pageWorld } from "./page_world.mjs";

/** A joined page, not ready yet. */
function joined({ config, apply = () => {} } = {}) {
  const world = pageWorld(config);
  const transport = joinPage(world.window, { apply, calls: htag1Calls, interacting: true });
  return { ...world, transport };
}

test("the transport is the page's quick_htag", () => {
  const { window, transport } = joined();
  assert.equal(window.quick_htag, transport);
});

test("the names that worker.js has put there stay", () => {
  const { window } = pageWorld();
  window.quick_htag = { Worker: 1 };
  joinPage(window, { apply: () => {}, calls: htag1Calls });
  assert.equal(window.quick_htag.Worker, 1);
});

test("a page without configuration says what is missing", () => {
  const { window } = pageWorld();
  delete window.quick_htag_page;
  assert.throws(() => joinPage(window, { calls: htag1Calls }), /quick_htag_page is missing/);
});

test("the page connects when its document is complete, not before", () => {
  const { Socket, ready } = joined({ config: { page: "p9", seen: 4 } });
  assert.equal(Socket.all.length, 0);
  ready();
  assert.equal(Socket.last.url, "ws://h/app/ws?page=p9&seen=4");
});

test("a page joined after its document was complete connects at once", () => {
  const world = pageWorld();
  world.document.readyState = "complete";
  joinPage(world.window, { apply: () => {}, calls: htag1Calls });
  assert.equal(world.Socket.all.length, 1);
});

test("the page's script runs once, when the document is complete, without a connection", () => {
  const { Socket, clock, ready, evaluated } = joined({
    config: { page: "p", seen: 0, script: "start()" },
  });
  assert.deepEqual(evaluated, []);
  ready();
  assert.deepEqual(evaluated, ["start()"]);
  Socket.last.says({ hello: 0 });
  Socket.last.drops();
  clock.advance(10000);
  Socket.last.says({ hello: 0 });
  assert.deepEqual(evaluated, ["start()"]);
});

test("the limit of the configuration holds", () => {
  const { transport } = joined({ config: { page: "p", seen: 0, script: "", limit: 100 } });
  assert.equal(transport.send({ text: "x".repeat(100) }), 0);
});

test("a page with a password sends and takes encrypted messages only", async () => {
  const config = { page: "p", seen: 0, script: "", password: "secret" };
  const world = pageWorld(config);
  world.window.crypto = webcrypto;
  const transport = joinPage(world.window, { apply: () => {}, calls: htag1Calls });
  world.ready();
  world.Socket.last.says({ hello: 0 });
  while (world.logs.length === 0) await settled();
  assert.match(world.logs[0], /a message was refused/);
  assert.equal(world.Socket.last.closed, true);
  assert.equal(transport.state, "lost");
});

test("a page that should encrypt and cannot says so, and does not connect", () => {
  const { transport, Socket, ready, document } = joined({
    config: { page: "p", seen: 0, script: "", password: "secret" },
  });
  ready();
  assert.equal(Socket.all.length, 0);
  assert.deepEqual([transport.state, transport.reason], ["ended", "insecure"]);
  const dialog = document.documentElement.find((element) => element.open);
  const [text, button] = dialog.children;
  assert.match(text.textContent, /only on https/);
  assert.equal(button.hidden, true);
});

test("a payload that replaces the body leaves the classes and the focus", () => {
  const apply = () => document.replaceBody(document.input({ id: "7" }));
  const { transport, document, Socket, ready } = joined({ apply });
  ready();
  document.replaceBody(document.input({ id: "7" }));
  document.getElementById("7").focus();
  Socket.last.says({ hello: 0 });
  transport.send({});
  Socket.last.says({ n: 1, p: {} });
  assert.equal(document.focused, document.getElementById("7"));
  assert.deepEqual([...document.body.classList.names], ["interacting"]);
});

test("typed text survives a redraw", () => {
  const apply = () => document.replaceBody(document.input({ id: "7" }));
  const { document, Socket, ready } = joined({ apply });
  ready();
  document.replaceBody(document.input({ id: "7", value: "typed" }));
  document.getElementById("7").focus();
  Socket.last.says({ hello: 0 }, { n: 5, p: {}, full: true });
  assert.equal(document.getElementById("7").value, "typed");
});

test("classes are there again though the payload threw", () => {
  const apply = () => {
    document.replaceBody();
    throw new Error("script of the app");
  };
  const { transport, document, Socket, ready, errors } = joined({ apply });
  ready();
  Socket.last.says({ hello: 0 });
  transport.send({});
  Socket.last.says({ n: 1, p: {} });
  assert.deepEqual([...document.body.classList.names], ["interacting"]);
  assert.match(errors[0].message, /script of the app/);
});

test("close leaves no timer and no listener", () => {
  const { transport, window, clock, Socket, ready } = joined();
  ready();
  Socket.last.says({ hello: 0 });
  Socket.last.drops();
  transport.close();
  assert.deepEqual(clock.left, []);
  assert.equal(window.listenerCount, 0);
});

test("a page whose app is gone loads itself again, and shows nothing meanwhile", () => {
  const { Socket, ready, reloads, document } = joined();
  ready();
  Socket.last.drops(4004);
  assert.equal(reloads.length, 1);
  assert.equal(document.documentElement.find((element) => element.open), null);
});

test("a page that has just been loaded again asks", () => {
  const { window, Socket, ready, reloads, document } = joined();
  window.sessionStorage.setItem("quick_htag_renewed", String(window.Date.now()));
  ready();
  Socket.last.drops(4004);
  assert.equal(reloads.length, 0);
  assert.ok(document.documentElement.find((element) => element.open));
});

test("a page uses the transports it is told", () => {
  const { transport, Socket, window, ready } = joined({
    config: { page: "p", seen: 0, transports: ["sse"] },
  });
  window.EventSource = undefined;
  ready();
  assert.equal(Socket.all.length, 0);
  assert.equal(transport.state, "connecting");
});

const shown = (document, className) => {
  const found = document.documentElement.find((element) => element.className === className);
  return found && !found.hidden ? found.textContent : null;
};

test("a failure without debug is a notice with its reference", () => {
  const { document, Socket, ready } = joined();
  ready();
  Socket.last.says({ hello: 0 }, { n: 1, p: { problem: { reference: "a1b2c3d4" } } });
  assert.match(shown(document, "banner"), /a1b2c3d4/);
  assert.equal(document.documentElement.find((one) => one.tagName === "ARTICLE"), null);
});

test("a failure with its title is shown", () => {
  const { document, Socket, ready } = joined();
  ready();
  const problem = { reference: "a1b2c3d4", title: "a handler failed", place: "shop.py:3, in buy" };
  Socket.last.says({ hello: 0 }, { n: 1, p: { problem } });
  assert.equal(shown(document, "place"), "shop.py:3, in buy");
});

for (const debug of [true, false]) {
  test(`an error of a script is told the server; debug ${debug}`, () => {
    const config = { page: "p", seen: 0, script: "", debug };
    const { window, document, Socket, ready } = joined({ config });
    ready();
    Socket.last.says({ hello: 0 });
    const place = { filename: "http://h/app.js?token=x", lineno: 3, colno: 7 };
    window.fire("error", { message: "Uncaught Error: oops", error: new Error("oops"), ...place });
    const { reference, text, file, line } = Socket.last.sent[0].p.browser_error;
    assert.deepEqual([text, file, line], ["Error: oops", "http://h/app.js", 3]);
    if (debug) assert.equal(shown(document, "place"), "http://h/app.js:3:7");
    else assert.match(shown(document, "banner"), new RegExp(reference));
  });
}

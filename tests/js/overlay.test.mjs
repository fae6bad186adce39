import assert from "node:assert/strict";
import { test } from "node:test";

import { Overlay } from "../../js/overlay.js";
import { Clock, Document } from "./fakes.mjs";

function setup({ interacting = true } = {}) {
  const clock = new Clock();
  const document = new Document();
  let reloads = 0;
  const overlay = new Overlay(document, clock, { reload: () => reloads++, interacting });
  const show = (state, more = {}) => overlay.update({ state, reason: "", pending: 0, ...more });
  const part = (tag) => document.documentElement.find((element) => element.tagName === tag);
  const banner = () => {
    const found = document.documentElement.find((element) => element.className === "banner");
    return found && !found.hidden ? found.textContent : null;
  };
  const classes = () => [...document.body.classList.names];
  return { overlay, clock, document, show, part, banner, classes, reloads: () => reloads };
}

test("a page that connects within a second shows nothing", () => {
  const { clock, show, classes, part } = setup();
  show("connecting");
  clock.advance(900);
  assert.deepEqual(classes(), []);
  show("open");
  clock.advance(10000);
  assert.deepEqual(classes(), []);
  assert.equal(part("QUICK-HTAG-OVERLAY"), null);
});

test("a first connection that takes longer sets htagoff, then says so", () => {
  const { clock, show, classes, banner } = setup();
  show("connecting");
  clock.advance(1000);
  assert.deepEqual(classes(), ["htagoff"]);
  assert.equal(banner(), null);
  clock.advance(1000);
  assert.equal(banner(), "Connecting…");
});

test("a connection lost after it was open sets htagoff at once", () => {
  const { show, classes } = setup();
  show("open");
  show("lost");
  assert.deepEqual(classes(), ["htagoff"]);
  show("open");
  assert.deepEqual(classes(), []);
});

test("the banner comes after two seconds of trying and goes with the connection", () => {
  const { clock, show, banner } = setup();
  show("open");
  show("lost");
  clock.advance(1000);
  show("lost");
  assert.equal(clock.left.length, 1);
  assert.equal(banner(), null);
  clock.advance(1000);
  assert.equal(banner(), "Connection lost, trying again…");
  show("open");
  assert.equal(banner(), null);
});

test("interacting is there while events are pending", () => {
  const { show, classes } = setup();
  show("open", { pending: 2 });
  assert.deepEqual(classes(), ["interacting"]);
  show("open");
  assert.deepEqual(classes(), []);
});

test("interacting is left to a page that keeps it itself", () => {
  const { show, document, classes } = setup({ interacting: false });
  document.body.classList.toggle("interacting", true);
  show("open");
  assert.deepEqual(classes(), ["interacting"]);
});

test("classes come back and the banner stays when the body is replaced", () => {
  const { overlay, clock, document, show, classes, banner } = setup();
  show("open");
  show("lost", { pending: 1 });
  clock.advance(2000);
  document.replaceBody();
  overlay.refresh();
  assert.deepEqual(classes().sort(), ["htagoff", "interacting"]);
  assert.equal(banner(), "Connection lost, trying again…");
});

for (const [reason, text] of [
  ["session", "This session has ended."],
  ["application", "The application has ended."],
  ["refused", "The server refused a message from this page."],
]) {
  test(`an end for the reason ${reason} is told in a dialog with the focus on its button`, () => {
    const { show, document, part, classes } = setup();
    show("open");
    show("ended", { reason });
    assert.equal(part("P").textContent, text);
    assert.equal(part("DIALOG").open, true);
    assert.equal(part("DIALOG").getAttribute("role"), "alertdialog");
    assert.equal(document.focused, part("BUTTON"));
    assert.deepEqual(classes(), ["htagoff"]);
  });
}

test("the button loads the page again", () => {
  const { show, part, reloads } = setup();
  show("ended", { reason: "session" });
  part("BUTTON").fire("click");
  assert.equal(reloads(), 1);
});

test("Escape does not take the dialog away", () => {
  const { show, part } = setup();
  show("ended", { reason: "session" });
  let prevented = 0;
  const preventDefault = () => prevented++;
  part("DIALOG").fire("keydown", { key: "Tab", preventDefault });
  part("DIALOG").fire("keydown", { key: "Escape", preventDefault });
  part("DIALOG").fire("cancel", { preventDefault });
  assert.equal(prevented, 2);
});

test("the dialog survives a new body", () => {
  const { overlay, show, document, part } = setup();
  show("ended", { reason: "session" });
  document.replaceBody();
  overlay.refresh();
  assert.equal(part("DIALOG").isConnected, true);
});

test("a banner that something removed comes back with the next payload, once", () => {
  const { overlay, clock, document, show, part, banner } = setup();
  show("open");
  show("lost");
  clock.advance(2000);
  part("QUICK-HTAG-OVERLAY").remove();
  overlay.refresh();
  overlay.refresh();
  assert.equal(banner(), "Connection lost, trying again…");
  assert.equal(document.documentElement.children.length, 2);
});

test("an end takes the banner away and leaves no timer", () => {
  const { clock, show, banner } = setup();
  show("open");
  show("lost");
  clock.advance(2000);
  show("ended", { reason: "session" });
  assert.equal(banner(), null);
  assert.deepEqual(clock.left, []);
});

test("a transport closed by the page itself shows no dialog", () => {
  const { show, part, classes } = setup();
  show("open");
  show("ended", { reason: "closed" });
  assert.equal(part("DIALOG"), null);
  assert.deepEqual(classes(), ["htagoff"]);
});

test("an end that leaves something undelivered says so", () => {
  const { show, part } = setup();
  show("ended", { reason: "session", undelivered: 1 });
  const said = "This session has ended. What you did last may not have been carried out.";
  assert.equal(part("P").textContent, said);
});

test("a notice stays for a while, unless something more urgent comes", () => {
  const { overlay, clock, show, banner } = setup();
  show("open");
  overlay.showNotice("It happened.");
  assert.equal(banner(), "It happened.");
  show("lost");
  clock.advance(2000);
  assert.equal(banner(), "Connection lost, trying again…");
  show("open");
  assert.equal(banner(), "It happened.");
  clock.advance(10000);
  assert.equal(banner(), null);
  assert.equal(clock.left.length, 0);
});

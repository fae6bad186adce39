import assert from "node:assert/strict";
import { test } from "node:test";

import { UploadQueue, isWanted, sizeText } from "../../js/upload_queue.js";

const file = (name, size = 10, type = "") => ({ name, size, type });
const settle = () => new Promise((resolve) => setImmediate(resolve));

function setup(terms = {}) {
  const sent = [];
  const queue = new UploadQueue((one, progress) => {
    const sending = { name: one.name, progress, aborted: false };
    const status = new Promise((resolve) => (sending.answer = resolve));
    sent.push(sending);
    return {
      status,
      abort: () => {
        sending.aborted = true;
        sending.answer(0);
      },
    };
  });
  queue.terms = { limit: Infinity, ...terms };
  const states = () => queue.entries.map(({ state }) => state).join(" ");
  return { queue, sent, states };
}

test("files are sent one after the other", async () => {
  const { queue, sent, states } = setup();
  queue.add([file("a"), file("b")]);
  assert.equal(states(), "sending waiting");
  sent[0].progress(0.5);
  assert.equal(queue.entries[0].fraction, 0.5);
  sent[0].answer(204);
  await settle();
  assert.deepEqual([states(), sent.map(({ name }) => name)], ["sent sending", ["a", "b"]]);
});

test("a file may be cancelled before and while it is sent", async () => {
  const { queue, sent, states } = setup();
  queue.add([file("a"), file("b"), file("c")]);
  queue.cancel(queue.entries[1]);
  queue.cancel(queue.entries[0]);
  await settle();
  assert.equal(sent[0].aborted, true);
  assert.deepEqual([states(), sent[1].name], ["cancelled cancelled sending", "c"]);
});

test("one that did not get through can be tried again, one that was refused not", async () => {
  const { queue, sent, states } = setup();
  queue.add([file("a"), file("b"), file("c")]);
  sent[0].answer(0);
  await settle();
  sent[1].answer(413);
  await settle();
  sent[2].answer(404);
  await settle();
  assert.equal(states(), "failed refused refused");
  assert.deepEqual(queue.entries.slice(1).map(({ reason }) => reason), ["too_large", "refused"]);
  for (const entry of queue.entries) queue.retry(entry);
  assert.equal(states(), "sending refused refused");
  sent[3].answer(204);
  await settle();
  assert.equal(states(), "sent refused refused");
});

test("what is not wanted is not sent", () => {
  const { queue, sent, states } = setup({ accept: ".csv", limit: 100 });
  queue.add([file("a.txt"), file("b.csv", 101), file("c.CSV", 100)]);
  assert.deepEqual([states(), sent.length], ["refused refused sending", 1]);
  assert.deepEqual(queue.entries.slice(0, 2).map(({ reason }) => reason), ["wrong_kind", "too_large"]);
});

test("a new choice takes away what is over", async () => {
  const { queue, sent } = setup();
  queue.add([file("a"), file("b")]);
  sent[0].answer(204);
  await settle();
  queue.add([file("c")]);
  assert.deepEqual(queue.entries.map((entry) => entry.file.name), ["b", "c"]);
});

test("listeners are told until they leave", () => {
  const { queue } = setup();
  let told = 0;
  const leave = queue.onchange(() => told++);
  queue.add([file("a")]);
  const before = told;
  leave();
  queue.add([file("b")]);
  assert.deepEqual([before > 0, told], [true, before]);
});

test("kinds are compared as browsers do", () => {
  const picture = file("a.PNG", 1, "image/png");
  for (const accept of ["", undefined, ".png", "image/*", "image/png", ".txt, .PNG"]) {
    assert.equal(isWanted(picture, accept), true, accept);
  }
  for (const accept of [".txt", "text/*", "image/jpeg"]) assert.equal(isWanted(picture, accept), false);
});

test("sizes are for people", () => {
  const shown = [0, 999, 1000, 1536, 123456, 5e6, 2.5e9].map(sizeText);
  assert.deepEqual(shown, ["0 B", "999 B", "1.0 kB", "1.5 kB", "123 kB", "5.0 MB", "2.5 GB"]);
});

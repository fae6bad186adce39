import assert from "node:assert/strict";
import { test } from "node:test";

import { PollLine } from "../../js/poll_line.js";
import { Clock, Heard, LOCATION, Requests, settled } from "./fakes.mjs";

function setup() {
  const clock = new Clock();
  const requests = new Requests();
  const heard = new Heard();
  const platform = {
    fetch: requests.fetch,
    location: LOCATION,
    AbortController,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
  };
  const line = new PollLine(platform, { page: "p", seen: 3 }, heard);
  return { line, heard, requests, clock };
}

test("the first poll asks for a connection, those that follow name it and are numbered", async () => {
  const { requests } = setup();
  assert.equal(requests.last.url, "/app/poll?page=p&seen=3");
  requests.last.answer({ m: [], c: "name" });
  await settled();
  assert.equal(requests.last.url, "/app/poll?page=p&c=name&k=1");
  requests.last.answer({ m: [] });
  await settled();
  assert.equal(requests.last.url, "/app/poll?page=p&c=name&k=2");
});

test("messages are told in order, and events are posted beside the poll", async () => {
  const { line, heard, requests } = setup();
  requests.last.answer({ m: ["a", "b"], c: "name" });
  await settled();
  line.send("e");
  assert.deepEqual(heard.messages, ["a", "b"]);
  assert.deepEqual(requests.to("event").body, ["e"]);
});

test("a close is told after its messages, and no poll follows", async () => {
  const { heard, requests, clock } = setup();
  requests.last.answer({ m: ["a"], close: [4002, "over"] });
  await settled();
  assert.deepEqual([heard.messages, heard.codes, requests.all.length], [["a"], [4002], 1]);
  assert.deepEqual(clock.left, []);
});

const SPOILERS = [
  (request) => request.fail(),
  (request) => request.answer({}, 502),
  (request) => request.answer({ detail: "not from our server" }),
];

for (const spoil of SPOILERS) {
  test("a poll that fails ends the line", async () => {
    const { heard, requests } = setup();
    spoil(requests.last);
    await settled();
    assert.deepEqual([heard.codes, requests.all.length], [[1006], 1]);
  });
}

test("a poll nobody answers is given up", async () => {
  const { heard, requests, clock } = setup();
  clock.advance(60000);
  await settled();
  assert.equal(requests.last.aborted, true);
  assert.deepEqual(heard.codes, [1006]);
});

test("after close nothing is heard, no request and no timer is left", async () => {
  const { line, heard, requests, clock } = setup();
  line.close();
  await settled();
  assert.equal(requests.last.aborted, true);
  assert.deepEqual([heard.messages, heard.codes, clock.left], [[], [], []]);
});

test("a close inside of a message stops the rest", async () => {
  const { line, heard, requests } = setup();
  heard.message = (text) => {
    heard.messages.push(text);
    line.close();
  };
  requests.last.answer({ m: ["a", "b"], c: "name" });
  await settled();
  assert.deepEqual([heard.messages, requests.all.length], [["a"], 1]);
});

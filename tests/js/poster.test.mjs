import assert from "node:assert/strict";
import { test } from "node:test";

import { Poster } from "../../js/poster.js";
import { Heard, LOCATION, Requests, settled } from "./fakes.mjs";

function setup(terms = {}) {
  const requests = new Requests();
  const heard = new Heard();
  const platform = { fetch: requests.fetch, location: LOCATION, AbortController };
  const poster = new Poster(platform, { page: "p", seen: 0, ...terms }, heard);
  return { poster, requests, heard };
}

test("texts are posted below the page, with its id", () => {
  const { poster, requests } = setup();
  poster.send("a");
  assert.equal(requests.last.url, "/app/event?page=p");
  assert.deepEqual(requests.last.body, ["a"]);
});

test("one request is under way at a time, the next takes all that came up meanwhile", async () => {
  const { poster, requests } = setup();
  for (const text of ["a", "b", "c"]) poster.send(text);
  assert.equal(requests.all.length, 1);
  requests.last.answer({ m: [] });
  await settled();
  assert.deepEqual(requests.last.body, ["b", "c"]);
});

test("a request has no more than the server takes, but at least one text", async () => {
  const { poster, requests } = setup({ limit: 30 });
  poster.send("first");
  for (const text of ["x".repeat(20), "abcde", "fghij"]) poster.send(text);
  requests.last.answer({ m: [] });
  await settled();
  assert.deepEqual(requests.last.body, ["x".repeat(20)]);
  requests.last.answer({ m: [] });
  await settled();
  assert.deepEqual(requests.last.body, ["abcde", "fghij"]);
});

test("the messages of the answer are told as posted", async () => {
  const { poster, requests, heard } = setup();
  poster.send("a");
  requests.last.answer({ m: ['{"ack":1}'] });
  await settled();
  assert.deepEqual(heard.messages, [['{"ack":1}', "posted"]]);
});

test("a close in the answer is told", async () => {
  const { poster, requests, heard } = setup();
  poster.send("a");
  requests.last.answer({ m: [], close: [4001, "gone"] });
  await settled();
  assert.deepEqual(heard.codes, [4001]);
});

for (const [status, code] of [
  [413, 1009],
  [403, 1006],
  [500, 1006],
]) {
  test(`status ${status} ends the line with ${code}, and nothing follows`, async () => {
    const { poster, requests, heard } = setup();
    poster.send("a");
    poster.send("b");
    requests.last.answer({}, status);
    await settled();
    assert.deepEqual(heard.codes, [code]);
    assert.equal(requests.all.length, 1);
  });
}

test("a network that fails ends the line", async () => {
  const { poster, requests, heard } = setup();
  poster.send("a");
  requests.last.fail();
  await settled();
  assert.deepEqual(heard.codes, [1006]);
});

test("close aborts the request and says nothing", async () => {
  const { poster, requests, heard } = setup();
  poster.send("a");
  poster.send("b");
  poster.close();
  poster.send("c");
  await settled();
  assert.equal(requests.last.aborted, true);
  assert.deepEqual([requests.all.length, heard.codes], [1, []]);
});

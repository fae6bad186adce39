import assert from "node:assert/strict";
import { test } from "node:test";

import { EventLine } from "../../js/event_line.js";
import { Heard, LOCATION, Requests, settled, sourceClass } from "./fakes.mjs";

function setup() {
  const EventSource = sourceClass();
  const requests = new Requests();
  const heard = new Heard();
  const platform = { EventSource, fetch: requests.fetch, location: LOCATION, AbortController };
  const line = new EventLine(platform, { page: "p", seen: 3 }, heard);
  return { line, heard, requests, source: EventSource.last };
}

test("it listens below the page, with id and position, and posts what is sent", () => {
  const { line, source, requests } = setup();
  assert.equal(source.url, "/app/stream?page=p&seen=3");
  line.send("a");
  assert.deepEqual(requests.to("event").body, ["a"]);
});

test("events are messages", () => {
  const { heard, source } = setup();
  source.says({ hello: 0 });
  assert.deepEqual(heard.messages, ['{"hello":0}']);
});

for (const [code, told] of [
  [4001, 4001],
  [undefined, 1006],
]) {
  test(`an end with ${code} is told once as ${told}, and the browser does not go on`, () => {
    const { heard, source } = setup();
    source.drops(code);
    source.drops(code);
    assert.deepEqual([heard.codes, source.closed], [[told], true]);
  });
}

test("a failed post ends the line too", async () => {
  const { line, heard, requests } = setup();
  line.send("a");
  requests.last.fail();
  await settled();
  assert.deepEqual(heard.codes, [1006]);
});

test("after close nothing is heard", async () => {
  const { line, heard, source, requests } = setup();
  line.send("a");
  line.close();
  line.close();
  source.says({ hello: 0 });
  source.drops(4001);
  await settled();
  assert.deepEqual([heard.messages, heard.codes], [[], []]);
  assert.deepEqual([source.closed, requests.last.aborted], [true, true]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Streams } from "../../js/worker_stream.js";
import { Page } from "./worker_world.mjs";

let page, EventSource, streams, told, follower;

beforeEach(() => {
  page = new Page();
  EventSource = page.withStreams();
  streams = Streams.of(page.platform);
  told = [];
  follower = {
    moved: (news) => told.push(news),
    item: (item, index) => told.push([item, index]),
    ended: () => told.push("ended"),
  };
});

test("the address has the token, and the items seen if any are wanted", () => {
  streams.follow("/w", "5", undefined, follower);
  streams.follow("/w?a=b", "6", 3, follower);
  const urls = EventSource.all.map(({ url }) => url);
  assert.deepEqual(urls, ["/w?token=5", "/w?a=b&token=6&seen=3"]);
});

test("events are told as what they are about", () => {
  streams.follow("/w", "5", 0, follower);
  EventSource.last.opens();
  EventSource.last.says("queued", { position: 3 });
  EventSource.last.says("progress", { fraction: null, text: "go" });
  EventSource.last.says("item", { a: 1 }, 1);
  EventSource.last.says("end", { state: "done" });
  assert.deepEqual(told, [
    { position: 3 },
    { progress: { fraction: null, text: "go" } },
    [{ a: 1 }, 0],
    "ended",
  ]);
  assert.equal(EventSource.last.closed, true);
});

test("a page has two streams at most, and a new one when one ends", () => {
  const first = streams.follow("/w", "1", 0, follower);
  streams.follow("/w", "2", 0, follower);
  assert.equal(streams.follow("/w", "3", 0, follower), null);
  first.close();
  assert.notEqual(streams.follow("/w", "3", 0, follower), null);
});

test("all workers of a page share them", () => {
  assert.equal(Streams.of({ ...page.platform }), streams);
});

test("a hidden page has none", () => {
  streams.follow("/w", "1", 0, follower);
  page.show(false);
  assert.deepEqual([told, EventSource.last.closed], [["ended"], true]);
  assert.equal(streams.follow("/w", "1", 0, follower), null);
  page.show(true);
  assert.notEqual(streams.follow("/w", "1", 0, follower), null);
});

test("an address that refuses a stream is not asked again, others are", () => {
  streams.follow("/w", "1", 0, follower);
  EventSource.last.fails();
  assert.deepEqual(told, ["ended"]);
  assert.equal(streams.follow("/w", "2", 0, follower), null);
  assert.notEqual(streams.follow("/v", "2", 0, follower), null);
});

test("a stream that breaks may be asked for again", () => {
  streams.follow("/w", "1", 0, follower);
  EventSource.last.opens();
  EventSource.last.fails();
  assert.equal(EventSource.last.closed, true);
  assert.notEqual(streams.follow("/w", "1", 0, follower), null);
});

test("who stops following is told nothing more", () => {
  const stream = streams.follow("/w", "1", 0, follower);
  stream.close();
  stream.close();
  EventSource.last.says("progress", { fraction: 1, text: "" });
  assert.deepEqual(told, []);
});

test("without streams in the browser there are none", () => {
  delete page.platform.EventSource;
  assert.equal(streams.follow("/w", "1", 0, follower), null);
});

test("the page is listened to for as long as there are streams", () => {
  const stream = streams.follow("/w", "1", 0, follower);
  assert.equal(page.document.listenerCount, 1);
  stream.close();
  assert.equal(page.document.listenerCount, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { plainCodec } from "../../js/codec.js";
import { Transport } from "../../js/transport.js";
import { Clock, Requests, settled, socketClass, sourceClass, Target } from "./fakes.mjs";

const LOCATION = { protocol: "http:", host: "localhost:8000", pathname: "/app" };

/** A transport on a fake browser, with all it did. */
function setup(options = {}, more = {}) {
  const clock = new Clock();
  const window = new Target();
  const document = Object.assign(new Target(), { visibilityState: "visible" });
  const seen = { applied: [], reports: [], logs: [], statuses: [], done: [] };
  const Socket = socketClass();
  const platform = {
    WebSocket: Socket,
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    random: () => 0.5,
    now: () => clock.now,
    location: LOCATION,
    window,
    document,
    report: (error) => seen.reports.push(error),
    log: (text) => seen.logs.push(text),
    ...more,
  };
  const transport = new Transport(platform, {
    page: "p1",
    seen: 0,
    apply: (payload, full) => seen.applied.push(full ? `full ${payload}` : payload),
    done: (number) => seen.done.push(number),
    ...options,
  });
  transport.onstate((status) => seen.statuses.push(status));
  return { transport, Socket, clock, window, document, ...seen };
}

/** As `setup`, connected. */
function connected(options) {
  const world = setup(options);
  world.transport.connect();
  world.Socket.last.says({ hello: 0 });
  return world;
}

test("the connection is open once the server said hello", () => {
  const { transport, Socket } = setup();
  assert.equal(transport.state, "connecting");
  transport.connect();
  assert.equal(transport.state, "connecting");
  Socket.last.says({ hello: 0 });
  assert.equal(transport.state, "open");
});

test("connecting twice makes one socket", () => {
  const { transport, Socket } = connected();
  transport.connect();
  assert.equal(Socket.all.length, 1);
});

test("events sent before the connection wait and go out in order after hello", () => {
  const { transport, Socket } = setup();
  transport.send({ x: "a" });
  transport.connect();
  transport.send({ x: "b" });
  assert.deepEqual(Socket.last.sent, []);
  Socket.last.says({ hello: 0 });
  assert.deepEqual(Socket.last.sent, [
    { n: 1, p: { x: "a" } },
    { n: 2, p: { x: "b" } },
  ]);
});

test("an event sent while open goes out at once and tells its number", () => {
  const { transport, Socket } = connected();
  assert.equal(transport.send({ id: 5 }), 1);
  assert.deepEqual(Socket.last.sent, [{ n: 1, p: { id: 5 } }]);
});

test("payloads are applied in order, each once", () => {
  const { Socket, applied } = connected();
  Socket.last.says({ n: 1, p: "a" }, { n: 2, p: "b" }, { n: 2, p: "b" }, { n: 1, p: "a" });
  assert.deepEqual(applied, ["a", "b"]);
});

test("a lost connection is made again from the last payload applied", () => {
  const { Socket, clock, transport } = connected();
  Socket.last.says({ n: 1, p: "a" }, { n: 2, p: "b" });
  Socket.last.drops();
  assert.equal(transport.state, "lost");
  clock.advance(200);
  assert.equal(Socket.all.length, 2);
  assert.match(Socket.last.url, /seen=2$/);
});

test("payloads replayed after a reconnect are not applied twice", () => {
  const { Socket, clock, applied } = connected();
  Socket.last.says({ n: 1, p: "a" });
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 0 }, { n: 1, p: "a" }, { n: 2, p: "b" });
  assert.deepEqual(applied, ["a", "b"]);
});

test("a full payload is applied whatever its number, and numbering goes on from there", () => {
  const { Socket, applied } = connected({ seen: 90 });
  Socket.last.says({ n: 15, p: "all", full: true }, { n: 16, p: "next" });
  assert.deepEqual(applied, ["full all", "next"]);
});

test("a gap in the numbers is not applied but fetched by connecting again", () => {
  const { Socket, clock, applied } = connected();
  Socket.last.says({ n: 1, p: "a" }, { n: 3, p: "c" });
  assert.deepEqual(applied, ["a"]);
  assert.equal(Socket.all[0].closed, true);
  clock.advance(200);
  assert.match(Socket.last.url, /seen=1$/);
});

test("a payload that cannot be applied is reported and counts as applied", () => {
  const problem = new Error("no such element");
  const apply = (payload) => {
    if (payload === "bad") throw problem;
  };
  const { Socket, clock, reports, transport } = connected({ apply });
  Socket.last.says({ n: 1, p: "bad" }, { n: 2, p: "good" });
  assert.deepEqual(reports, [problem]);
  assert.equal(transport.state, "open");
  Socket.last.drops();
  clock.advance(200);
  assert.match(Socket.last.url, /seen=2$/);
});

test("events not acknowledged are sent again after a reconnect", () => {
  const { transport, Socket, clock } = connected();
  for (const event of ["a", "b", "c"]) transport.send({ x: event });
  Socket.last.says({ ack: 1 });
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 2 });
  assert.deepEqual(Socket.last.sent, [{ n: 3, p: { x: "c" } }]);
});

test("events sent while the connection is lost follow those sent again", () => {
  const { transport, Socket, clock } = connected();
  transport.send({ x: "a" });
  Socket.last.drops();
  transport.send({ x: "b" });
  clock.advance(200);
  Socket.last.says({ hello: 0 });
  assert.deepEqual(Socket.last.numbers, [1, 2]);
});

test("a copy of a page counts on where the page stopped", () => {
  const { transport, Socket, done } = setup();
  transport.send({ x: "a" });
  transport.connect();
  Socket.last.says({ hello: 7 });
  assert.deepEqual(Socket.last.numbers, [8]);
  Socket.last.says({ ack: 8 }, { done: 8 });
  assert.equal(transport.pending, 0);
  assert.deepEqual(done, [1]);
});

test("pending counts the events not handled yet", () => {
  const { transport, Socket } = connected();
  transport.send({ x: "a" });
  transport.send({ x: "b" });
  Socket.last.says({ ack: 2 });
  assert.equal(transport.pending, 2);
  Socket.last.says({ done: 1 });
  assert.equal(transport.pending, 1);
});

test("events are done in any order", () => {
  const { transport, Socket, done } = connected();
  transport.send({ x: "a" });
  transport.send({ x: "b" });
  Socket.last.says({ ack: 2 }, { done: 2 });
  assert.equal(transport.pending, 1);
  assert.deepEqual(done, [2]);
});

test("a done told again after a reconnect counts once", () => {
  const { transport, Socket, clock, done } = connected();
  transport.send({ x: "a" });
  transport.send({ x: "b" });
  Socket.last.says({ ack: 2 }, { done: 1 });
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 2 }, { done: 1 }, { done: 2 });
  assert.equal(transport.pending, 0);
  assert.deepEqual(done, [1, 2]);
});

test("event 1001 is refused and said so, and events are taken again when one is done", () => {
  const { transport, Socket, logs, statuses } = connected();
  for (let i = 0; i < 1000; i++) transport.send({ i });
  assert.equal(transport.send({ x: "one more" }), 0);
  assert.match(statuses.at(-1).refused, /1000 events/);
  assert.match(logs[0], /not sent/);
  Socket.last.says({ ack: 1000 });
  assert.equal(transport.send({ x: "one more" }), 0);
  assert.equal(transport.pending, 1000);
  Socket.last.says({ done: 1 });
  assert.equal(transport.send({ x: "again" }), 1001);
});

test("an event larger than the server takes is refused", () => {
  const { transport } = connected({ limit: 100 });
  assert.equal(transport.send({ x: "x".repeat(52) }), 1);
  assert.equal(transport.send({ x: "x".repeat(53) }), 0);
  assert.equal(transport.send({ x: "é".repeat(27) }), 0);
});

test("an event that is no object is refused, for the server would end the page", () => {
  const { transport, Socket } = connected();
  for (const event of [undefined, null, 5, "a", ["a"], () => {}]) {
    assert.equal(transport.send(event), 0);
  }
  assert.deepEqual(Socket.last.sent, []);
});

for (const [code, reason] of [
  [4001, "session"],
  [4002, "application"],
  [4003, "stuck"],
  [4005, "crashed"],
  [1008, "refused"],
  [1009, "refused"],
]) {
  test(`close code ${code} ends with reason ${reason} and no reconnect`, () => {
    const { transport, Socket, clock, statuses } = connected();
    transport.send({ x: "a" });
    Socket.last.drops(code);
    clock.advance(60000);
    assert.equal(Socket.all.length, 1);
    const ended = { state: "ended", reason, pending: 0, undelivered: 1, refused: "" };
    assert.deepEqual(statuses.at(-1), ended);
    assert.equal(transport.send({ x: "late" }), 0);
  });
}

for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013]) {
  test(`close code ${code} leads to a reconnect`, () => {
    const { Socket, clock } = connected();
    Socket.last.drops(code);
    clock.advance(300);
    assert.equal(Socket.all.length, 2);
  });
}

test("a connection refused at once is tried again, later each time", () => {
  const { transport, Socket, clock } = setup();
  transport.connect();
  const delays = [];
  for (let i = 0; i < 8; i++) {
    Socket.last.drops();
    delays.push(clock.left[0]);
    clock.advance(clock.left[0]);
  }
  assert.deepEqual(delays, [200, 350, 650, 1250, 2450, 4850, 5050, 5050]);
});

test("a connection that broke soon after hello does not start the delays again", () => {
  const { Socket, clock } = connected();
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 0 });
  Socket.last.drops();
  assert.deepEqual(clock.left, [350]);
});

test("a connection that lasted makes the next retry a fast one", () => {
  const { Socket, clock } = connected();
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 0 });
  clock.advance(6000);
  Socket.last.drops();
  assert.deepEqual(clock.left, [200]);
});

test("the online event connects at once", () => {
  const { Socket, clock, window } = connected();
  Socket.last.drops();
  window.fire("online");
  assert.equal(Socket.all.length, 2);
  clock.advance(10000);
  assert.equal(Socket.all.length, 2);
});

test("the online event replaces a socket that only looks open", () => {
  const { transport, Socket, window, applied } = connected();
  window.fire("online");
  assert.equal(Socket.all[0].closed, true);
  assert.equal(transport.state, "lost");
  Socket.all[0].says({ n: 1, p: "from the dead" });
  Socket.all[0].drops(4001);
  assert.deepEqual(applied, []);
  Socket.last.says({ hello: 0 });
  assert.equal(transport.state, "open");
});

test("a page that comes back from the browser's cache takes a new line", () => {
  const { Socket, window } = connected();
  window.fire("pageshow", { persisted: false }); // the first one
  assert.equal(Socket.all.length, 1);
  window.fire("pageshow", { persisted: true });
  assert.deepEqual([Socket.all[0].closed, Socket.all.length], [true, 2]);
});

test("after the online event the delays start again", () => {
  const { Socket, clock, window } = connected();
  for (let i = 0; i < 5; i++) {
    Socket.last.drops();
    clock.advance(clock.left[0]);
  }
  window.fire("online");
  Socket.last.drops();
  assert.deepEqual(clock.left, [200]);
});

test("a tab that becomes visible retries at once, one that is hidden does not", () => {
  const { Socket, document } = connected();
  Socket.last.drops();
  document.visibilityState = "hidden";
  document.fire("visibilitychange");
  assert.equal(Socket.all.length, 1);
  document.visibilityState = "visible";
  document.fire("visibilitychange");
  assert.equal(Socket.all.length, 2);
});

test("a tab that becomes visible leaves an open connection alone", () => {
  const { Socket, document } = connected();
  document.fire("visibilitychange");
  assert.equal(Socket.all.length, 1);
});

test("a connection without hello is given up", () => {
  const { transport, Socket, clock } = setup();
  transport.connect();
  clock.advance(20000);
  assert.equal(transport.state, "lost");
  assert.equal(Socket.all[0].closed, true);
});

test("a connection that does not acknowledge an event is given up", () => {
  const { transport, Socket, clock } = connected();
  clock.advance(60000);
  assert.equal(transport.state, "open");
  transport.send({ x: "a" });
  clock.advance(20000);
  assert.equal(transport.state, "lost");
  assert.equal(Socket.all[0].closed, true);
});

test("each event is waited for, with one timer", () => {
  const { transport, Socket, clock } = connected();
  transport.send({ x: "a" });
  clock.advance(15000);
  transport.send({ x: "b" });
  assert.deepEqual(clock.left, [5000]);
  Socket.last.says({ ack: 1 });
  assert.deepEqual(clock.left, [20000]);
});

test("an acknowledgement keeps the connection", () => {
  const { transport, Socket, clock } = connected();
  transport.send({ x: "a" });
  Socket.last.says({ ack: 1 });
  assert.deepEqual(clock.left, []);
  assert.equal(transport.state, "open");
});

test("that an event is done acknowledges it and those before", () => {
  const { transport, Socket, clock } = connected();
  transport.send({ x: "a" });
  transport.send({ x: "b" });
  transport.send({ x: "c" });
  Socket.last.says({ done: 2 });
  assert.deepEqual(clock.left, [20000]);
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 2 });
  assert.deepEqual(Socket.last.numbers, [3]);
});

test("close leaves no timer, no listener and no socket, open or lost", () => {
  for (const drop of [false, true]) {
    const { transport, Socket, clock, window, document } = connected();
    transport.send({ x: "a" });
    if (drop) Socket.last.drops();
    transport.close();
    transport.close();
    assert.deepEqual(clock.left, []);
    assert.equal(window.listenerCount + document.listenerCount, 0);
    assert.equal(drop || Socket.last.closed, true);
    assert.equal(transport.reason, "closed");
  }
});

test("a closed transport does not connect again", () => {
  const { transport, Socket } = connected();
  transport.close();
  transport.connect();
  assert.equal(Socket.all.length, 1);
});

test("onstate returns its undo", () => {
  const { transport, Socket } = setup();
  const states = [];
  const undo = transport.onstate(({ state }) => states.push(state));
  transport.connect();
  Socket.last.says({ hello: 0 });
  undo();
  Socket.last.drops();
  assert.deepEqual(states, ["open"]);
  transport.close();
});

test("a state listener that throws is logged and harms nobody", () => {
  const { transport, Socket, logs, statuses } = setup();
  transport.onstate(() => {
    throw new Error("mine");
  });
  transport.connect();
  Socket.last.says({ hello: 0 });
  assert.equal(statuses.at(-1).state, "open");
  assert.match(logs[0], /mine/);
});

test("an event sent while a payload is applied goes out", () => {
  const world = connected({ apply: () => world.transport.send({ x: "next step" }) });
  world.Socket.last.says({ n: 1, p: "a" });
  assert.deepEqual(world.Socket.last.sent, [{ n: 1, p: { x: "next step" } }]);
});

/** A page that may use every transport, with a server of all three under test control. */
function onAll() {
  const EventSource = sourceClass();
  const requests = new Requests();
  const world = setup(
    { transports: ["websocket", "sse", "poll"] },
    { EventSource, fetch: requests.fetch, AbortController },
  );
  world.transport.connect();
  return { ...world, EventSource, requests };
}

test("events not acknowledged go on with the next transport, and none twice", async () => {
  const { transport, Socket, EventSource, requests, clock } = onAll();
  Socket.last.says({ hello: 0 });
  for (const x of ["a", "b", "c"]) transport.send({ x });
  Socket.last.drops();
  clock.advance(200);
  Socket.last.drops();
  clock.advance(400);
  Socket.last.drops();
  EventSource.last.says({ hello: 2 });
  assert.equal(transport.transport, "sse");
  assert.deepEqual(requests.last.body, ['{"n":3,"p":{"x":"c"}}']);
});

test("payloads go on with the next transport, from the last one applied", () => {
  const { Socket, EventSource, applied } = onAll();
  Socket.last.drops();
  EventSource.last.says({ hello: 0 }, { n: 1, p: "a" });
  EventSource.last.drops();
  assert.deepEqual(applied, ["a"]);
  assert.match(EventSource.last.url, /seen=0$/);
});

test("a better transport replays what the other has brought, and it is applied once", () => {
  const { Socket, EventSource, clock, applied, transport } = onAll();
  Socket.last.drops();
  EventSource.last.says({ hello: 0 }, { n: 1, p: "a" });
  clock.advance(6000);
  EventSource.last.says({ n: 2, p: "b" });
  Socket.last.says({ hello: 0 }, { n: 2, p: "b" }, { n: 3, p: "c" });
  assert.deepEqual(applied, ["a", "b", "c"]);
  assert.equal(transport.transport, "websocket");
});

test("an answered post does not show that the way to the page is alive", async () => {
  const { transport, Socket, EventSource, requests, clock } = onAll();
  Socket.last.drops();
  EventSource.last.says({ hello: 0 });
  clock.advance(7000);
  Socket.last.drops();
  transport.send({ x: "a" });
  requests.last.answer({ m: ['{"ack":1}'] });
  await settled();
  clock.advance(19999);
  assert.equal(transport.state, "open");
  clock.advance(1);
  assert.equal(transport.state, "lost");
  assert.equal(EventSource.last.closed, true);
});

test("a codec changes every message, both ways", () => {
  const backwards = (text) => [...text].reverse().join("");
  const codec = {
    room: (bytes) => bytes,
    line: (open, listener) => {
      const line = open({
        message: (text, posted) => listener.message(backwards(text), posted),
        closed: (code) => listener.closed(code),
      });
      return { name: line.name, send: (text) => line.send(backwards(text)), close: () => line.close() };
    },
  };
  const { transport, Socket, applied } = setup({ codec });
  Socket.prototype.send = function (text) {
    this.sent.push(text);
  };
  transport.connect();
  const says = (text) => Socket.last.onmessage({ data: backwards(text) });
  says('{"hello":0}');
  says('{"n":1,"p":"a"}');
  transport.send({ x: 1 });
  assert.deepEqual([applied, Socket.last.sent], [["a"], ['}}1:"x"{:"p",1:"n"{']]);
});

test("the largest event is what the codec makes the largest message of", () => {
  const codec = { ...plainCodec, room: (bytes) => bytes / 2 };
  const { transport } = setup({ codec, limit: 200 });
  assert.equal(transport.send({ x: "x".repeat(80) }), 0);
  assert.equal(transport.send({ x: "x".repeat(30) }), 1);
});

test("a transport that was never to connect says why", () => {
  const { transport, Socket } = setup();
  transport.close("insecure");
  transport.connect();
  assert.deepEqual([transport.state, transport.reason], ["ended", "insecure"]);
  assert.equal(Socket.all.length, 0);
});

test("events that can never be delivered are logged", () => {
  const { transport, Socket, logs } = connected();
  transport.send({ x: "a" });
  transport.send({ x: "b" });
  Socket.last.says({ ack: 1 });
  Socket.last.drops(4004);
  assert.match(logs[0], /1 events could not be delivered/);
});

test("of an app that has crashed, events that were acknowledged and not done are told", () => {
  const { transport, Socket, statuses } = connected();
  for (const x of ["a", "b", "c"]) transport.send({ x });
  Socket.last.says({ ack: 3 });
  Socket.last.says({ done: 1 });
  Socket.last.drops(4005);
  assert.equal(statuses.at(-1).undelivered, 2);
});

test("a line without its signs of life is given up", () => {
  const { transport, Socket, clock } = connected();
  Socket.last.says({ alive: 20 });
  clock.advance(40000);
  Socket.last.says({ alive: 20 });
  clock.advance(59999);
  assert.equal(transport.state, "open");
  clock.advance(1);
  assert.equal(transport.state, "lost");
});

test("a line that has never shown any is not expected to", () => {
  const { transport, Socket, clock } = connected();
  Socket.last.says({ alive: 20 });
  Socket.last.drops();
  clock.advance(200);
  Socket.last.says({ hello: 0 });
  clock.advance(100000);
  assert.equal(transport.state, "open");
  assert.deepEqual(clock.left, []);
});

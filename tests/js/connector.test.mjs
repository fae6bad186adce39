import assert from "node:assert/strict";
import { test } from "node:test";

import { Connector } from "../../js/connector.js";
import { Clock } from "./fakes.mjs";

const NAMES = ["websocket", "sse", "poll"];

/** A line under test control. */
class Line {
  sent = [];
  closed = false;

  constructor(name, listener) {
    this.name = name;
    this.listener = listener;
  }

  send(text) {
    this.sent.push(text);
  }

  close() {
    this.closed = true;
  }

  says(text = "hello") {
    if (!this.closed) this.listener.message(text, false);
  }

  drops(code = 1006) {
    if (!this.closed) this.listener.closed(code);
  }
}

function setup(names = NAMES, forbidden = []) {
  const clock = new Clock();
  const lines = [];
  const told = [];
  const logs = [];
  const platform = {
    setTimeout: clock.setTimeout,
    clearTimeout: clock.clearTimeout,
    random: () => 0.5,
    now: () => clock.now,
    log: (text) => logs.push(text),
  };
  const open = (name, listener) => {
    if (forbidden.includes(name)) throw new Error("forbidden");
    lines.push(new Line(name, listener));
    return lines.at(-1);
  };
  const owner = {
    message: (text) => told.push(text),
    lost: () => told.push("lost"),
    ended: (code) => told.push(`ended ${code}`),
  };
  const connector = new Connector(platform, names, open, owner);
  connector.dial();
  const last = () => lines.at(-1);
  return { connector, clock, lines, last, told, logs, tried: () => lines.map(({ name }) => name) };
}

test("the best transport is tried first, and is in use with its first message", () => {
  const { connector, last, told } = setup();
  assert.equal(connector.name, "");
  last().says();
  connector.send("x");
  assert.equal(connector.name, "websocket");
  assert.deepEqual([told, last().sent], [["hello"], ["x"]]);
});

test("one that is refused is followed at once by the next", () => {
  const { last, tried } = setup();
  last().drops();
  last().drops();
  assert.deepEqual(tried(), NAMES);
});

test("one that says nothing is followed by the next before three seconds are over", () => {
  const { lines, clock, tried } = setup();
  clock.advance(2999);
  assert.deepEqual(tried(), ["websocket", "sse"]);
  assert.equal(lines[0].closed, true);
});

test("one the browser forbids is followed by the next", () => {
  const { clock, logs, tried } = setup(NAMES, ["websocket"]);
  clock.advance(0);
  assert.deepEqual(tried(), ["sse"]);
  assert.match(logs[0], /websocket: Error: forbidden/);
});

test("after the last one there is a pause, and the first one again", () => {
  const { connector, last, clock, told, tried } = setup();
  for (let i = 0; i < 3; i++) last().drops();
  assert.deepEqual([told, connector.waits], [["lost"], true]);
  clock.advance(200);
  assert.deepEqual(tried(), [...NAMES, "websocket"]);
});

test("the last one has more time", () => {
  const { clock, lines } = setup(["poll"]);
  clock.advance(19999);
  assert.equal(lines[0].closed, false);
  clock.advance(1);
  assert.equal(lines[0].closed, true);
});

test("a line that broke is opened again by the same transport", () => {
  const { last, clock, told, tried } = setup();
  last().drops();
  last().says();
  last().drops();
  clock.advance(200);
  assert.deepEqual(tried(), ["websocket", "sse", "sse"]);
  assert.deepEqual(told, ["hello", "lost"]);
});

/** As `setup`, with a line of server-sent events, just before a better one is looked for. */
function lowered() {
  const world = setup();
  world.last().drops();
  world.last().says();
  world.clock.advance(5999);
  assert.equal(world.lines.length, 2);
  world.clock.advance(1);
  return world;
}

test("a better transport is tried later, while the line in use goes on", () => {
  const { connector, lines, told, tried } = lowered();
  assert.deepEqual(tried(), ["websocket", "sse", "websocket"]);
  lines[1].says("payload");
  connector.send("event");
  assert.deepEqual([told, lines[1].sent], [["hello", "payload"], ["event"]]);
});

test("when it opens, it takes over; the other is closed and not heard any more", () => {
  const { connector, lines, clock, told } = lowered();
  lines[2].says("hello again");
  lines[1].closed = false;
  lines[1].says("late");
  lines[1].drops(4001);
  assert.deepEqual(told, ["hello", "hello again"]);
  assert.equal(connector.name, "websocket");
  assert.deepEqual(clock.left, []);
});

test("when it does not open, it is tried again, later", () => {
  const { connector, lines, clock } = lowered();
  lines[2].drops();
  assert.deepEqual([connector.name, clock.left], ["sse", [10000]]);
});

test("every better transport is tried, the best first", () => {
  const { last, clock, tried } = setup();
  last().drops();
  last().drops();
  last().says();
  clock.advance(6000);
  last().drops();
  assert.deepEqual(tried().slice(3), ["websocket", "sse"]);
  last().says();
});

test("the server's close of the line in use, because the better one came, is not a loss", () => {
  const { connector, lines, told } = lowered();
  lines[1].drops(1000);
  assert.deepEqual(told, ["hello"]);
  lines[2].says("hello again");
  assert.deepEqual([told, connector.name], [["hello", "hello again"], "websocket"]);
});

test("if then the better one does not open, the other is opened again", () => {
  const { lines, clock, told, tried } = lowered();
  lines[1].drops(1000);
  lines[2].drops();
  assert.deepEqual(told, ["hello", "lost"]);
  clock.advance(200);
  assert.equal(tried().at(-1), "sse");
  lines.at(-1).says();
  assert.deepEqual(clock.left, []); // and that one is not tried again
});

for (const code of [4001, 4002, 4004, 4005, 1008, 1009]) {
  test(`code ${code} is the end, and leaves nothing behind`, () => {
    const { lines, clock, told, last } = setup();
    last().says();
    last().drops(code);
    assert.deepEqual([told, clock.left], [["hello", `ended ${code}`], []]);
    assert.equal(lines[0].closed, true);
  });
}

test("a network that is cut while a better one is opened does not speak against that", () => {
  const { lines, clock } = lowered();
  lines[1].drops(1006);
  lines[2].drops();
  clock.advance(200);
  lines.at(-1).says();
  assert.equal(clock.left.length, 1);
});

test("what breaks soon, three times in a row, gives way to the next", () => {
  const { last, clock, tried } = setup();
  for (let i = 0; i < 3; i++) {
    last().says();
    last().drops();
    clock.advance(clock.left[0]);
  }
  assert.deepEqual(tried(), ["websocket", "websocket", "websocket", "sse"]);
});

test("a restart begins with the best transport, at once", () => {
  const { connector, last, tried } = setup();
  last().drops();
  last().says();
  connector.restart();
  assert.deepEqual(tried(), ["websocket", "sse", "websocket"]);
});

test("close leaves no line and no timer, whatever was going on", () => {
  for (const prepare of [() => {}, (w) => w.last().says(), (w) => w.last().drops()]) {
    const world = setup();
    prepare(world);
    world.connector.close();
    assert.deepEqual(world.clock.left, []);
    assert.ok(world.lines.at(-1).closed);
  }
});

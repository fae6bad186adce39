import assert from "node:assert/strict";
import { test } from "node:test";

import { WebsocketLine } from "../../js/websocket_line.js";
import { Heard, LOCATION, socketClass } from "./fakes.mjs";

function setup() {
  const WebSocket = socketClass();
  const heard = new Heard();
  const line = new WebsocketLine({ WebSocket, location: LOCATION }, { page: "p", seen: 3 }, heard);
  return { line, heard, socket: WebSocket.last };
}

test("it connects below the page, with id and position", () => {
  assert.equal(setup().socket.url, "ws://h:8000/app/ws?page=p&seen=3");
});

test("texts go both ways, and the code of the end is told", () => {
  const { line, heard, socket } = setup();
  line.send('{"n":1}');
  socket.says({ hello: 0 });
  socket.drops(4001);
  assert.deepEqual(socket.sent, [{ n: 1 }]);
  assert.deepEqual([heard.messages, heard.codes], [['{"hello":0}'], [4001]]);
});

test("after close nothing is heard and nothing is sent", () => {
  const { line, heard, socket } = setup();
  line.close();
  line.close();
  socket.says({ hello: 0 });
  socket.drops(4001);
  line.send("{}");
  assert.deepEqual([heard.messages, heard.codes, socket.sent], [[], [], []]);
  assert.equal(socket.closed, true);
});

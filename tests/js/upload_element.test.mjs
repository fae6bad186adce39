import assert from "node:assert/strict";
import { test } from "node:test";

import { UPLOAD, defineUpload } from "../../js/upload_element.js";
import { Document, Element, Target } from "./fakes.mjs";

const WORDS = { cancel: "Cancel", again: "Try again", sent: "sent", too_large: "is larger than {0}" };
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A page with the element defined; `field(data)` puts one into it, as the parser does. */
function setup(options = {}) {
  const document = new Document();
  const requests = [];
  const told = [];
  let defined;
  const window = {
    document,
    crypto: globalThis.crypto,
    location: { pathname: "/app" },
    HTMLElement: class extends Element {
      dataset = {};

      constructor() {
        super(document, UPLOAD);
      }

      hasAttribute(name) {
        return name in this.attributes;
      }
    },
    FormData: class {
      append() {}
    },
    XMLHttpRequest: class extends Target {
      upload = new Target();
      status = 0;

      open(method, url) {
        this.url = url;
      }

      send() {
        requests.push(this);
      }

      abort() {
        this.fire("abort");
      }

      answers(status) {
        this.status = status;
        this.fire("load");
        return settle();
      }
    },
    customElements: { define: (name, element) => (defined = element) },
  };
  defineUpload(window, { page: "p1", tell: (message) => told.push(message), ...options });
  const field = (data = {}) => {
    const element = new defined();
    element.dataset = { key: "k", label: "Files", words: JSON.stringify(WORDS), ...data };
    document.body.append(element);
    element.connectedCallback();
    const find = (tag) => element.shadow.find((one) => one.tagName === tag);
    const rows = () => find("UL").children.map((row) => row.className);
    const choose = (...files) => {
      find("INPUT").files = files;
      find("INPUT").fire("change");
    };
    return { element, find, rows, choose };
  };
  return { document, requests, told, field };
}

const file = (name, size = 10) => ({ name, size, type: "" });

test("chosen files are sent below the page, and what becomes of them is shown and read out", async () => {
  const { requests, told, field } = setup();
  const { element, find, rows, choose } = field();
  choose(file("a.txt"));
  assert.equal(requests[0].url, "/app/send-file?page=p1&field=k");
  assert.deepEqual([rows(), told], [["sending"], []]);
  requests[0].upload.fire("progress", { loaded: 5, total: 10, lengthComputable: true });
  assert.equal(find("PROGRESS").value, 0.5);
  await requests[0].answers(204);
  assert.deepEqual(rows(), ["sent"]);
  const news = element.shadow.find((one) => one.attributes.role === "status");
  assert.equal(news.textContent, "a.txt: sent, 10 B");
});

test("an app that follows is told the name of the upload before", () => {
  const { requests, told, field } = setup();
  field({ follow: "yes" }).choose(file("a.txt"));
  const name = told[0].upload[1];
  assert.deepEqual(told, [{ upload: ["k", name, "a.txt"] }]);
  assert.equal(requests[0].url, `/app/send-file?page=p1&field=k&upload=${name}`);
});

test("the smaller limit counts, that of the field or of the server", () => {
  const { requests, field } = setup({ largest: 100 });
  const { find, rows, choose } = field({ limit: "1000" });
  choose(file("a", 101));
  assert.deepEqual([rows(), requests], [["refused"], []]);
  const state = find("LI").children[2];
  assert.equal(state.textContent, "is larger than 100 B");
});

test("the button cancels, or tries again", async () => {
  const { requests, field } = setup();
  const { find, rows, choose } = field();
  choose(file("a"));
  await requests[0].answers(500);
  assert.deepEqual([rows(), find("BUTTON").textContent], [["failed"], "Try again"]);
  find("BUTTON").fire("click");
  assert.equal(find("BUTTON").getAttribute("aria-label"), "Cancel: a");
  find("BUTTON").fire("click");
  await settle();
  assert.deepEqual([rows(), requests.length], [["cancelled"], 2]);
});

test("an element that takes the place of another shows the same files", () => {
  const { field } = setup();
  const first = field();
  first.choose(file("a"));
  first.element.remove();
  first.element.disconnectedCallback();
  assert.deepEqual(field().rows(), ["sending"]);
});

test("a dropped file counts when the field is on", () => {
  const { requests, field } = setup();
  const { element, find } = field({ multiple: "yes" });
  const drop = () => {
    const dataTransfer = { files: [file("a"), file("b")] };
    find("LABEL").fire("drop", { preventDefault() {}, dataTransfer });
  };
  element.setAttribute("disabled", "yes");
  element.attributeChangedCallback();
  drop();
  assert.deepEqual([find("INPUT").disabled, requests.length], [true, 0]);
  delete element.attributes.disabled;
  element.attributeChangedCallback();
  drop();
  assert.equal(requests.length, 1);
});

// Sends files one after the other and shows how far each is: as the server sees it. What the browser
// has sent may still wait in a proxy, or be refused.

const list = document.getElementById("uploads");
const drop = document.getElementById("drop");
const choose = document.getElementById("choose");
const row = document.getElementById("row");

let queue = Promise.resolve();

function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${bytes.toFixed(unit && bytes < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A name that nobody guesses; crypto.randomUUID() is for https and localhost only. */
function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function add(file) {
  const item = row.content.cloneNode(true).firstElementChild;
  const cancel = new AbortController();
  item.querySelector(".name").textContent = file.name;
  item.querySelector(".amount").textContent = size(file.size);
  item.querySelector("button").addEventListener("click", () => cancel.abort());
  list.prepend(item);
  queue = queue.then(() => send(file, item, cancel.signal));
}

/** Resolves when the file is sent, refused or cancelled; never rejects. */
function send(file, item, signal) {
  const bar = item.querySelector("progress");
  const state = item.querySelector(".state");
  const amount = item.querySelector(".amount");
  return new Promise((resolve) => {
    let ended = false;
    const end = (kind, text) => {
      if (ended) return;
      ended = true;
      item.className = kind;
      state.textContent = text;
      item.querySelector("button").remove();
      resolve();
    };
    if (signal.aborted) return end("failed", "Cancelled");
    const name = randomName();
    const events = new EventSource(`api/progress?upload=${name}`);
    const request = new XMLHttpRequest();
    const started = performance.now();
    signal.addEventListener("abort", () => {
      events.close();
      request.abort();
      end("failed", "Cancelled"); // abort() tells nobody when nothing was sent yet
    });
    request.addEventListener("loadend", () => events.close());
    events.onmessage = ({ data }) => {
      const progress = JSON.parse(data);
      const { received, total } = progress;
      const seconds = (performance.now() - started) / 1000;
      item.dataset.server = progress.state;
      bar.value = received / total;
      state.textContent = progress.state === "received" ? "Storing…" : `${Math.floor((100 * received) / total)} %`;
      amount.textContent = `${size(received)} of ${size(total)} · ${size(received / seconds)}/s`;
    };
    request.onload = () => {
      amount.textContent = size(file.size);
      if (request.status === 200) {
        bar.value = 1;
        end("done", "Received");
      } else {
        end("failed", request.responseText.trim().split("\n").pop());
      }
    };
    request.onerror = () => end("failed", "The server cannot be reached");
    request.onabort = () => end("failed", "Cancelled");
    const form = new FormData();
    form.append("file", file);
    request.open("POST", `api/files?upload=${name}`);
    let begun = false;
    events.onopen = events.onerror = () => {
      if (!begun) request.send(form); // also when a proxy lets no events through
      begun = true;
    };
  });
}

choose.addEventListener("change", () => {
  [...choose.files].forEach(add);
  choose.value = "";
});
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  [...event.dataTransfer.files].forEach(add);
});

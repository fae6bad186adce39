// Sends files one after the other and shows how far each is. fetch() cannot tell that;
// XMLHttpRequest can.

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
    const end = (kind, text) => {
      item.className = kind;
      state.textContent = text;
      item.querySelector("button").remove();
      resolve();
    };
    if (signal.aborted) return end("failed", "Cancelled");
    const request = new XMLHttpRequest();
    const started = performance.now();
    signal.addEventListener("abort", () => request.abort());
    request.upload.onprogress = ({ loaded, total }) => {
      const seconds = (performance.now() - started) / 1000;
      bar.value = loaded / total;
      state.textContent = `${Math.floor((100 * loaded) / total)} %`;
      amount.textContent = `${size(loaded)} of ${size(total)} · ${size(loaded / seconds)}/s`;
    };
    request.upload.onload = () => {
      state.textContent = "Storing…";
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
    request.open("POST", "api/files");
    request.send(form);
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

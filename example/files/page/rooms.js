// Each path is a room. Going there changes the address and the page, and asks the server nothing.

const heading = document.getElementById("room");

function show() {
  const name = decodeURIComponent(location.pathname.replace(/^\/|\/$/g, "")) || "hall";
  heading.textContent = name.split("/").map((part) => part[0].toUpperCase() + part.slice(1)).join(" · ");
  document.title = heading.textContent;
  for (const link of document.querySelectorAll("a[data-room]")) {
    link.toggleAttribute("aria-current", link.pathname === location.pathname);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-room]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    history.pushState(null, "", link.href);
    show();
  }
});
addEventListener("popstate", show);
show();

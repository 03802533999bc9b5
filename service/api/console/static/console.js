// The console works without this: it only reads a rule back while it is written, keeps the progress of jobs fresh,
// and shows at once what was chosen with the mouse or a finger.
"use strict";

const WAIT = 400; // milliseconds after the last key

function show(html) {
  const found = new DOMParser().parseFromString(html, "text/html").getElementById("live");
  const place = document.getElementById("live");
  if (!found || !place) return;
  const held = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceWith(found);
  if (held) document.getElementById(held)?.focus();
}

function follow(form) {
  let timer, asking;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const said = new URLSearchParams(new FormData(form));
      said.set("do", "live");
      try {
        const answer = await fetch(form.action, { method: "POST", body: said, signal: asking.signal });
        if (answer.ok || answer.status === 422) show(await answer.text());
      } catch (error) {
        if (error.name !== "AbortError") console.warn("no preview", error.name);
      }
    }, WAIT);
  });
}

// Not with the keyboard: there every arrow is a choice, and the page would be gone before the right one is reached.
function choose(form) {
  let pointed = false;
  form.addEventListener("pointerdown", () => (pointed = true));
  form.addEventListener("keydown", () => (pointed = false));
  form.addEventListener("change", () => pointed && form.requestSubmit());
}

function refresh() {
  const seconds = Number(document.getElementById("live")?.dataset.refresh);
  if (!seconds) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href);
      if (answer.ok) show(await answer.text());
    } finally {
      refresh();
    }
  }, seconds * 1000);
}

document.querySelectorAll("form[data-live]").forEach(follow);
document.querySelectorAll("form[data-choose]").forEach(choose);
refresh();

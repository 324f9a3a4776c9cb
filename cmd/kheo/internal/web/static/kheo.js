"use strict";
// Keys and drafts. The pages work without any of this.
(() => {
  const typing = (e) => e.target.closest && e.target.closest("input, textarea, select");
  const items = () => [...document.querySelectorAll("[data-keys] > li, [data-keys] > tbody > tr")];
  let at = -1;
  const go = (n) => {
    const list = items();
    if (!list.length) return;
    at = Math.max(0, Math.min(list.length - 1, n));
    list.forEach((x, i) => x.classList.toggle("at", i === at));
    const link = list[at].querySelector("a");
    if (link) link.focus();
    list[at].scrollIntoView({ block: "nearest" });
  };
  // A number chooses a level of the rubric of the first criterion whose points are empty, or of
  // the one in focus; Enter gives the points.
  const level = (n) => {
    const boxes = [...document.querySelectorAll("input[data-score]")];
    const box = boxes.includes(document.activeElement) ? document.activeElement : boxes.find((b) => !b.value) || boxes[0];
    if (!box) return false;
    const levels = [...document.querySelectorAll(`[data-rubric="${CSS.escape(box.dataset.score)}"] > li`)];
    if (!levels[n - 1]) return false;
    levels.forEach((l, i) => (i === n - 1 ? l.setAttribute("aria-current", "true") : l.removeAttribute("aria-current")));
    box.value = levels[n - 1].dataset.points;
    box.focus();
    return true;
  };
  let g = false;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (typing(e)) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (g && e.key === "h") location.href = "/";
    g = e.key === "g";
    if (e.key >= "1" && e.key <= "9" && level(Number(e.key))) {
      e.preventDefault();
      return;
    }
    switch (e.key) {
      case "/": {
        const box = document.querySelector("[data-key='/']");
        if (box) box.focus();
        else location.href = "/search";
        e.preventDefault();
        break;
      }
      case "?": {
        const keys = document.getElementById("keys");
        if (keys && keys.showModal) keys.showModal();
        break;
      }
      case "u": { const b = document.querySelector("button[data-key=u]"); if (b) b.click(); break; }
      case "j": go(at + 1); break;
      case "k": go(at - 1); break;
      case "n": { const a = document.querySelector("a[rel=next]"); if (a) a.click(); break; }
      case "p": { const a = document.querySelector("a[rel=prev]"); if (a) a.click(); break; }
    }
  });
  for (const box of document.querySelectorAll("textarea[data-draft]")) {
    let timer;
    const keep = () => fetch(box.dataset.draft, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ text: box.value }) });
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 800); });
    if (box.form) box.form.addEventListener("submit", () => clearTimeout(timer));
  }
})();

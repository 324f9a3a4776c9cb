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
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (typing(e)) {
      if (e.key === "Escape") e.target.blur();
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

"use strict";
// The editor of rulesets checks what is typed while it is typed. The page works without this: saving checks it, too.
(() => {
  const form = document.getElementById("rules-form");
  if (!form) return;
  const text = document.getElementById("rules-text");
  const fields = () => form.querySelectorAll("input, textarea:not(#rules-text), select");
  const says = document.getElementById("rules-says");
  const list = document.getElementById("rules-problems");
  const kept = document.getElementById("rules-kept");
  let timer, asked = 0, typing = false;
  // The innermost part of the form that shows a path, or a part of the way to it.
  const place = (path) => {
    const parts = path.split("/");
    for (let n = parts.length; n > 0; n--) {
      const at = form.querySelector(`[data-path="${CSS.escape(parts.slice(0, n).join("/"))}"]`);
      if (at) return at;
    }
    return null;
  };
  const line = (p) => {
    const li = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = p.place;
    const cure = document.createElement("span");
    cure.className = "quiet";
    cure.textContent = p.cure;
    li.append(code, " " + p.message + " ", cure);
    return li;
  };
  const show = (answer) => {
    says.textContent = answer.failed || answer.says;
    list.hidden = !answer.problems.length;
    list.querySelector("ul").replaceChildren(...answer.problems.map(line));
    form.querySelectorAll(".rule-wrong").forEach((x) => x.remove());
    form.querySelectorAll("[aria-invalid]").forEach((x) => x.removeAttribute("aria-invalid"));
    for (const p of answer.problems) {
      const at = p.path && place(p.path);
      if (!at) continue;
      at.closest("details")?.setAttribute("open", "");
      const wrong = document.createElement("p");
      wrong.className = "rule-wrong";
      const cure = document.createElement("span");
      cure.textContent = p.cure;
      wrong.append(p.message + " ", cure);
      at.append(wrong);
      const box = at.dataset.path === p.path && at.querySelector("input, textarea, select");
      if (box) box.setAttribute("aria-invalid", "true");
    }
    // The fields write into the text, unless the text is what is being typed in.
    if (text && answer.text !== undefined && !typing) {
      if (text.value !== answer.text) {
        const top = text.scrollTop;
        text.value = answer.text;
        text.scrollTop = top;
      }
      for (const x of fields()) x.dataset.merged = x.value;
    }
  };
  const check = async () => {
    const number = ++asked;
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.ok && number === asked) show(await answer.json());
    } catch { /* the next change asks again, and saving checks everything */ }
    if (number === asked) form.removeAttribute("aria-busy");
  };
  form.addEventListener("input", (e) => {
    const named = e.target.name || e.target.dataset.name || "";
    typing = e.target === text;
    if (typing) {
      // What fields wrote into the text is changed there from now on, until the field itself is changed again.
      for (const x of fields()) {
        if (x.name.startsWith("f:") && x.dataset.merged === x.value) {
          x.dataset.name = x.name;
          x.removeAttribute("name");
        }
      }
    } else if (!named.startsWith("f:")) return;
    else e.target.name = named;
    kept.textContent = kept.dataset.unsaved;
    clearTimeout(timer);
    form.setAttribute("aria-busy", "true"); // until what was typed is checked
    timer = setTimeout(check, 250);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
})();

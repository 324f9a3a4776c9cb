"use strict";
// Keys, the workbench of a dossier, and drafts. The pages work without any of this.
(() => {
  // Letters that are typed into a field are no keys. Boxes and buttons take no letters.
  const typing = (e) => e.target.closest && e.target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select");
  // A menu closes with Escape, which leads back to its button, and when something else is pressed or in focus.
  const menus = () => document.querySelectorAll("details.menu[open]");
  const leave = (e) => { for (const m of menus()) if (!m.contains(e.target)) m.open = false; };
  document.addEventListener("pointerdown", leave);
  document.addEventListener("focusin", leave);
  // A page about something under way is loaded again as long as it is in sight and nobody is about to press something.
  const under = document.querySelector("[data-refresh]");
  if (under) setInterval(() => {
    if (document.visibilityState === "visible" && !document.querySelector("main :focus, details.menu[open]")) location.reload();
  }, Number(under.dataset.refresh));
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
    const boxes = [...document.querySelectorAll(".sticky-bar input[data-score]"), ...document.querySelectorAll(".bench input[data-score]")];
    const box = boxes.includes(document.activeElement) ? document.activeElement : boxes.find((b) => !b.value) || boxes[0];
    if (!box) return false;
    const levels = [...document.querySelectorAll(`[data-rubric="${CSS.escape(box.dataset.score)}"] > li`)];
    if (!levels[n - 1]) return false;
    levels.forEach((l, i) => (i === n - 1 ? l.setAttribute("aria-current", "true") : l.removeAttribute("aria-current")));
    box.value = levels[n - 1].dataset.points;
    box.focus();
    box.select();
    levels[n - 1].scrollIntoView({ block: "nearest" });
    return true;
  };
  // A button or link that shows its keys is pressed by one of them, once: holding the key down, or pressing it again
  // while the next page comes, judges nothing else.
  let pressed = false;
  const press = (e) => {
    const what = e.key === "/" ? null : document.querySelector(`:is(button, a)[data-key~="${CSS.escape(e.key)}"]`);
    if (!what) return false;
    e.preventDefault();
    if (!e.repeat && !pressed) { pressed = true; what.click(); }
    return true;
  };
  window.addEventListener("pageshow", () => { pressed = false; });
  // What is pressed and stays on the page leaves the other keys as they were.
  window.addEventListener("click", (e) => { if (e.defaultPrevented) pressed = false; });
  // The piece of evidence in focus is judged by the letters that its buttons show then.
  const judge = (e) => {
    const piece = document.activeElement && document.activeElement.closest("blockquote[id^=piece-]");
    const verdict = { r: "right", w: "wrong", t: "unsure" }[e.key];
    const button = piece && verdict && piece.querySelector(`form.verdict button[value=${verdict}]`);
    if (!button || pressed || e.repeat) return false;
    e.preventDefault();
    pressed = true;
    button.click();
    return true;
  };
  let g = false;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "Escape") for (const m of menus()) { m.open = false; m.querySelector("summary").focus(); }
    if (typing(e)) {
      if (e.key === "Escape") e.target.blur();
      return;
    }
    if (g && e.key === "h") location.href = "/";
    if (judge(e)) return;
    g = e.key === "g";
    if (press(e)) return;
    if (e.key >= "1" && e.key <= "9" && level(Number(e.key))) {
      e.preventDefault();
      return;
    }
    switch (e.key) {
      case "/": {
        const box = document.querySelector("[data-key='/']");
        if (box && box.checkVisibility()) { box.focus(); box.select(); }
        else location.href = "/search";
        e.preventDefault();
        break;
      }
      case "?": {
        const keys = document.getElementById("keys");
        if (keys && keys.showModal) keys.showModal();
        break;
      }
      case "j": go(at + 1); break;
      case "k": go(at - 1); break;
      case "n": { const a = document.querySelector("a[rel=next]"); if (a) a.click(); break; }
      case "p": { const a = document.querySelector("a[rel=prev]"); if (a) a.click(); break; }
    }
  });
  // How many entries of a list are selected, and a box that selects all on the page.
  const every = document.querySelector("input[data-all]");
  if (every) {
    const boxes = [...document.querySelectorAll("input[name=d]")];
    const count = document.querySelector("[data-count]");
    const show = () => {
      const n = boxes.filter((b) => b.checked).length;
      count.textContent = `${count.dataset.text} ${n}`;
      every.checked = n > 0 && n === boxes.length;
      every.indeterminate = n > 0 && n < boxes.length;
    };
    every.hidden = false;
    every.addEventListener("change", () => { boxes.forEach((b) => { b.checked = every.checked; }); show(); });
    boxes.forEach((b) => b.addEventListener("change", show));
    window.addEventListener("pageshow", show);
  }
  // The passage that is to be checked is in sight in the text around it.
  for (const paper of document.querySelectorAll(".piece .paper")) {
    const mark = paper.querySelector("mark");
    if (mark) paper.scrollTop += mark.getBoundingClientRect().top - paper.getBoundingClientRect().top - paper.clientHeight / 3;
  }
  // The image of the next piece of evidence is asked for, so that it is made when the person comes to it.
  window.addEventListener("load", () => {
    for (const link of document.querySelectorAll("a[data-warm]")) if (link.dataset.warm) new Image().src = link.dataset.warm;
  });
  for (const box of document.querySelectorAll("textarea[data-draft]")) {
    let timer;
    const keep = () => fetch(box.dataset.draft, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ text: box.value }) });
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 800); });
    if (box.form) box.form.addEventListener("submit", () => clearTimeout(timer));
  }
  // The pages of a meeting follow it: they ask what has changed, and take what is marked as live from a new copy of the
  // page. What a person is writing stays. Being asked for is no use of the session, so a page that is left open signs
  // its person out as any other; the screen on the wall is opened anew now and then, and stays.
  const hall = document.querySelector("[data-follow]");
  if (hall) {
    const began = Date.now();
    let seq = hall.dataset.seq;
    const follow = async () => {
      if (hall.hasAttribute("data-whole") && Date.now() - began > 600000) { location.reload(); return; }
      try {
        const answer = await fetch(hall.dataset.follow);
        if (answer.redirected) { location.reload(); return; }
        const now = answer.ok && await answer.json();
        if (now && String(now.seq) !== seq) {
          const page = new URL(location.href);
          page.searchParams.set("live", "yes");
          const next = await fetch(page);
          const made = next.ok && !next.redirected && new DOMParser().parseFromString(await next.text(), "text/html");
          if (made) {
            for (const part of document.querySelectorAll("[data-live]")) {
              const fresh = made.getElementById(part.id);
              if (fresh) part.replaceChildren(...fresh.childNodes);
            }
            seq = String(now.seq);
            const moved = document.querySelector(".follow");
            if (moved) moved.hidden = !now.entry || now.entry === hall.dataset.entry;
          }
        }
      } catch { /* the server is away; ask again */ }
      setTimeout(follow, 1500);
    };
    setTimeout(follow, 1500);
  }
  // After a form was refused its page is shown at the address of the form; the browser shows that of the page.
  if (document.body.dataset.path) history.replaceState(null, "", document.body.dataset.path);
  // A page that was written in the place of another, after files were sent, or whose papers were changed, is not what
  // Back or Forward leads to: that is loaded.
  const address = () => location.pathname + location.search;
  let shown = address();
  window.addEventListener("popstate", () => { if (address() !== shown) location.reload(); });

  // ---- the workbench of a dossier ----
  const bench = document.querySelector(".bench");
  const pane = () => document.getElementById("papers");
  const remembered = (name) => { try { return sessionStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => { try { if (value === null) sessionStorage.removeItem(name); else sessionStorage.setItem(name, value); } catch { /* storage is off */ } };
  const zooms = [60, 80, 100, 125, 150, 200, 300];
  const zoom = (step) => {
    let at = zooms.indexOf(Number(remembered("kheo zoom")) || 100);
    at = step ? Math.max(0, Math.min(zooms.length - 1, at + step)) : step === 0 ? zooms.indexOf(100) : at;
    remember("kheo zoom", String(zooms[at]));
    for (const x of document.querySelectorAll(".view .sheet")) x.style.width = zooms[at] + "%";
    for (const x of document.querySelectorAll("[data-zoom='0']")) x.textContent = zooms[at] + "\u00a0%";
  };
  // What was asked for is in sight in the text and on the image. Where it is on the image is known once that is there.
  const reveal = (papers) => {
    const text = papers.querySelector(".paper"), here = text && text.querySelector("#here");
    if (here) text.scrollTop += here.getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3;
    const sheet = papers.querySelector("img[data-marks]");
    if (!sheet) return;
    const place = async () => {
      const answer = await fetch(sheet.dataset.marks);
      if (!answer.ok) return;
      const found = await answer.json();
      const view = sheet.closest(".view");
      if (found.at && view.isConnected) view.scrollTop = found.at * sheet.clientHeight - view.clientHeight / 3;
      const pages = papers.querySelector("[data-pages]"), box = papers.querySelector("input[name=image]");
      if (pages) pages.textContent = "/ " + found.pages;
      if (box && !box.value) box.value = found.image;
    };
    const gone = () => { sheet.closest(".view").remove(); papers.querySelector(".leaf").classList.add("no-image"); };
    if (sheet.complete) { if (sheet.naturalWidth) place(); else gone(); }
    else { sheet.addEventListener("load", place, { once: true }); sheet.addEventListener("error", gone, { once: true }); }
  };
  let asked = 0;
  const open = async (url) => {
    const mine = ++asked;
    const part = new URL(url, location.href);
    part.searchParams.set("part", "papers");
    pane().setAttribute("aria-busy", "true");
    const answer = await fetch(part).catch(() => null);
    const next = answer && answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("papers");
    if (mine !== asked) return;
    if (!next) { location.href = url; return; }
    pane().replaceChildren(...next.childNodes);
    pane().removeAttribute("aria-busy");
    history.replaceState(null, "", url);
    shown = address();
    zoom();
    reveal(pane());
  };
  if (pane()) {
    zoom();
    reveal(pane());
    for (const x of document.querySelectorAll("[data-needs-script]")) x.removeAttribute("data-needs-script");
    document.addEventListener("click", (e) => {
      const button = e.target.closest("[data-zoom]");
      if (button) zoom(Number(button.dataset.zoom));
      const link = e.target.closest("a[data-pane]");
      if (!link || !bench || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
      e.preventDefault();
      const quote = link.closest("blockquote");
      if (quote) {
        for (const x of document.querySelectorAll(".judging blockquote[aria-current]")) x.removeAttribute("aria-current");
        quote.setAttribute("aria-current", "true");
      }
      bench.dataset.tab = "papers";
      open(link.href);
    });
    document.addEventListener("submit", (e) => {
      if (!bench || !e.target.matches("form[data-pane]")) return;
      e.preventDefault();
      const to = new URL(e.target.action);
      for (const [k, v] of new FormData(e.target)) if (v !== "") to.searchParams.append(k, v);
      open(to.href);
    });
  }
  if (bench) {
    if (location.pathname.endsWith("/text")) bench.dataset.tab = "papers";
    for (const tab of bench.querySelectorAll(".parts a")) tab.addEventListener("click", () => { bench.dataset.tab = tab.hash === "#papers" ? "papers" : "judging"; });
    const check = document.querySelector("[data-check]");
    if (check) check.addEventListener("click", (e) => {
      const all = [...document.querySelectorAll("[data-unchecked]")];
      if (!all.length) return;
      e.preventDefault();
      const from = document.activeElement.closest("blockquote[id^=piece-]") || document.querySelector("blockquote:target");
      const next = from && all.find((x) => from.compareDocumentPosition(x) & Node.DOCUMENT_POSITION_FOLLOWING) || all[0];
      bench.dataset.tab = "judging";
      const link = next.querySelector("a[data-pane]");
      if (link && matchMedia("(min-width: 821px)").matches) link.click();
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "center" });
    });
  }

  // ---- sending files: a form with files takes them when they are dropped on it, says beforehand if they are too many,
  // and shows how much of them has been sent. Without this the browser sends the form as any other ----
  for (const form of document.querySelectorAll("form[data-most-files]")) {
    const input = form.querySelector("input[type=file]"), button = form.querySelector("button");
    if (!input || !button) continue;
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    said.hidden = true;
    button.before(said);
    const say = (text, kind) => { said.textContent = text; said.hidden = !text; said.className = kind || "quiet"; };
    const fits = () => {
      const bytes = [...input.files].reduce((n, f) => n + f.size, 0);
      const ok = input.files.length <= Number(form.dataset.mostFiles) && bytes <= Number(form.dataset.mostMb) << 20;
      say(ok ? "" : form.dataset.tooMany, "mistake");
      return ok;
    };
    input.addEventListener("change", fits);
    form.addEventListener("dragover", (e) => { if ([...e.dataTransfer.types].includes("Files")) e.preventDefault(); });
    form.addEventListener("drop", (e) => {
      if (!e.dataTransfer.files.length) return;
      e.preventDefault();
      const all = new DataTransfer();
      for (const f of [...input.files, ...e.dataTransfer.files]) all.items.add(f);
      input.files = all.files;
      fits();
    });
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      if (button.disabled || !fits()) return;
      button.disabled = true;
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = 0;
      say(form.dataset.sending + " ");
      said.append(bar);
      const broken = () => { button.disabled = false; say(form.dataset.broken, "mistake"); };
      const x = new XMLHttpRequest();
      x.open("POST", form.action);
      x.upload.addEventListener("progress", (p) => { if (p.lengthComputable) bar.value = p.loaded / p.total; });
      x.addEventListener("error", broken);
      x.addEventListener("abort", broken);
      x.addEventListener("load", () => { // the page that the answer leads to, or that of the form with what was wrong
        if (!(x.getResponseHeader("Content-Type") || "").startsWith("text/html")) return broken();
        if (new URL(x.responseURL).pathname !== new URL(form.action).pathname) history.pushState(null, "", x.responseURL);
        document.open();
        document.write(x.responseText);
        document.close();
      });
      x.send(new FormData(form));
    });
  }

  // ---- drafts: what is typed into any form is there again after a session ended, for the same person, in the same
  // tab of the browser, until it was accepted ----
  const prefix = "kheo draft ";
  const person = document.body.dataset.person;
  const page = location.pathname.replace(/\/text$/, "");
  const drafts = () => { try { return Object.keys(sessionStorage).filter((k) => k.startsWith(prefix)); } catch { return []; } };
  const read = (k) => { try { return JSON.parse(remembered(k)) || {}; } catch { return {}; } };
  const fields = (form) => [...form.elements].filter((x) => x.name && x.matches("textarea, select, input:not([type=hidden], [type=password], [type=file], [type=checkbox], [type=radio], [type=submit], [type=button])"));
  const keyOf = (form) => {
    const told = [...form.elements].filter((x) => x.type === "hidden" && ["criterion", "fact", "piece", "name"].includes(x.name)).map((x) => x.value);
    return prefix + [page, new URL(form.getAttribute("action") || "", location.href).pathname, ...told].join(" ");
  };
  const isKept = (form) => form.method === "post" && !form.querySelector("[type=password]") && fields(form).length;
  const refused = document.querySelector(".refused, .mistake[role=alert]");
  for (const k of drafts()) {
    const d = read(k);
    if (person && d.person !== person) remember(k, null);
    else if (d.sent && person && !refused) remember(k, null);
    else if (d.sent) remember(k, JSON.stringify({ ...d, sent: false }));
  }
  if (person) {
    for (const form of document.forms) {
      if (!isKept(form)) continue;
      const key = keyOf(form), kept = read(key).values || {};
      let restored = false;
      for (const x of fields(form)) {
        if (!(x.name in kept) || x.value === kept[x.name]) continue;
        x.value = kept[x.name];
        restored = true;
      }
      if (restored) {
        for (let d = form.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
        const note = document.createElement("p");
        note.className = "quiet restored";
        note.setAttribute("role", "status");
        note.textContent = document.body.dataset.restored;
        form.append(note);
      }
      form.addEventListener("input", () => {
        const values = Object.fromEntries(fields(form).map((x) => [x.name, x.value]));
        const text = JSON.stringify({ person, values });
        if (text.length < 200000) remember(key, text);
      });
      form.addEventListener("submit", () => { if (remembered(key)) remember(key, JSON.stringify({ ...read(key), sent: true })); });
    }
    const out = document.querySelector("form[action='/sign-out']");
    if (out) out.addEventListener("submit", () => drafts().forEach((k) => remember(k, null)));
  }
})();

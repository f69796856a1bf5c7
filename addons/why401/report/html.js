"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const store = {
    get: (key) => { try { return localStorage.getItem("why401." + key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem("why401." + key, value); } catch { /* a file: page may have none */ } },
  };

  for (const name of ["lang", "theme"]) {
    const kept = document.getElementById(name + "-" + store.get(name));
    if (kept) kept.checked = true;
    const apply = () => {
      const chosen = document.querySelector(`input[name=${name}]:checked`).value;
      if (name !== "lang") return;
      root.lang = chosen;
      // An option holds text alone: no style can choose between two languages in it.
      all("option[data-en]").forEach((option) => { option.textContent = option.dataset[chosen]; });
    };
    all(`input[name=${name}]`).forEach((input) => input.addEventListener("change", () => {
      store.set(name, input.value);
      apply();
    }));
    apply();
  }

  const groups = all(".group");
  const reveal = () => {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    // A second click on the same anchor changes no hash, but must open it again.
    if (link && link.getAttribute("href") === location.hash) setTimeout(reveal);
  });

  const form = document.getElementById("filters");
  if (form) {
    form.hidden = false;
    const [q, host, kind, proven] = ["q", "host", "kind", "proven"].map((id) => document.getElementById(id));
    const texts = new Map(groups.map((group) => [group, group.textContent.toLowerCase()]));
    const exchanges = new Map(groups.map((group) => [group, all(".exchange", group).map((each) => [each, each.textContent.toLowerCase()])]));
    const marks = all(".mark, .curves path");
    const filter = () => {
      const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
      const has = (text) => words.every((word) => text.includes(word));
      let shown = 0, total = 0;
      const visible = new Set();
      for (const group of groups) {
        const rows = exchanges.get(group);
        total += rows.length;
        const fits = (!kind.value || group.dataset.kind === kind.value) && has(texts.get(group));
        const onHost = rows.filter(([row]) => (!host.value || row.dataset.host === host.value)
          && (!proven.checked || row.dataset.certainty === "proven"));
        const named = onHost.filter(([, text]) => has(text));
        const kept = new Set((named.length ? named : onHost).map(([row]) => row));
        for (const [row] of rows) row.hidden = !kept.has(row);
        group.hidden = !fits || !kept.size;
        if (!group.hidden) { shown += kept.size; visible.add(group.id.slice(1)); }
      }
      for (const mark of marks) mark.classList.toggle("faint", !visible.has(mark.dataset.group));
      const active = words.length || host.value || kind.value || proven.checked;
      document.getElementById("shown").textContent = active ? `${shown} / ${total}` : "";
      document.getElementById("none").hidden = visible.size > 0;
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    const unfold = document.getElementById("unfold");
    unfold.addEventListener("click", () => {
      const open = unfold.getAttribute("aria-pressed") !== "true";
      unfold.setAttribute("aria-pressed", String(open));
      groups.forEach((group) => { group.open = open; });
    });
    addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
        event.preventDefault();
        q.focus();
      }
    });
    filter();
  }

  const lit = (number, on) => all(`[data-group="${number}"]`).forEach((each) => each.classList.toggle("lit", on));
  for (const mark of all(".mark")) {
    mark.addEventListener("pointerenter", () => lit(mark.dataset.group, true));
    mark.addEventListener("pointerleave", () => lit(mark.dataset.group, false));
  }
  for (const group of groups) {
    const number = group.id.slice(1);
    const summary = group.firstElementChild;
    summary.addEventListener("pointerenter", () => lit(number, true));
    summary.addEventListener("pointerleave", () => lit(number, false));
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])").filter((each) => each.id !== "all");
    folded.forEach((each) => { each.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((each) => { each.open = false; }));
  reveal();
})();

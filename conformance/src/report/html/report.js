"use strict";
(() => {
  const form = document.querySelector(".controls");
  const said = form.querySelector("output");
  const field = form.elements;
  const boxes = [...form.querySelectorAll("[name=verdict]")];
  const chapters = [...document.querySelectorAll(".chapter")].map(section => ({
    section,
    name: section.dataset.chapter,
    behaviours: [...section.querySelectorAll(":scope > .behaviour")].map(element => ({
      element,
      text: null,
      head: null,
      cases: [...element.querySelectorAll(".case")].map(one => ({
        element: one, verdicts: one.dataset.v, needs: (one.dataset.n || "").split(" "), text: null,
      })),
    })),
  }));
  const textOf = item => item.text ??= item.element.textContent.toLowerCase();
  /* What a behaviour says outside of its cases. */
  const headOf = item => item.head ??= [...item.element.querySelectorAll(":scope > summary, :scope > .body > dl")]
    .map(part => part.textContent).join(" ").toLowerCase();

  const chosen = () => ({
    words: field.text.value.toLowerCase().split(/\s+/).filter(Boolean),
    run: field.run.value,
    chapter: field.chapter.value,
    capability: field.capability.value,
    verdicts: boxes.filter(box => box.checked).map(box => box.value).join(""),
    all: boxes.every(box => box.checked),
  });

  const fits = (one, want) => {
    if (want.capability && !one.needs.includes(want.capability)) return false;
    const letters = want.run === "" ? [...one.verdicts] : [one.verdicts[want.run]];
    return letters.some(letter => want.verdicts.includes(letter)) || (want.all && want.run === "");
  };

  const filter = () => {
    const want = chosen();
    let shown = 0, cases = 0, total = 0;
    for (const chapter of chapters) {
      let any = false;
      for (const behaviour of chapter.behaviours) {
        const found = text => want.words.every(word => text.includes(word));
        let visible = !want.chapter || want.chapter === chapter.name;
        if (visible && want.words.length) visible = found(textOf(behaviour));
        const whole = !want.words.length || (visible && found(headOf(behaviour)));
        let count = 0;
        for (const one of behaviour.cases) {
          total++;
          one.element.hidden = !(visible && fits(one, want) && (whole || found(headOf(behaviour) + " " + textOf(one))));
          count += !one.element.hidden;
        }
        const plain = want.all && want.run === "" && want.capability === "";
        behaviour.element.hidden = !(visible && (count > 0 || (behaviour.cases.length === 0 && plain)));
        if (!behaviour.element.hidden) { shown++; cases += count; any = true; }
      }
      chapter.section.hidden = !any;
    }
    said.textContent = `${shown} behaviours, ${cases} of ${total} cases`;
  };

  /* ---- what is chosen lives in the address, so that it can be passed on ---- */
  const write = () => {
    const state = new URLSearchParams();
    for (const name of ["text", "run", "chapter", "capability"]) if (field[name].value) state.set(name, field[name].value);
    if (!boxes.every(box => box.checked)) state.set("verdict", boxes.filter(box => box.checked).map(box => box.value).join(""));
    const hash = state.toString();
    if (hash || location.hash.startsWith("#?")) history.replaceState(null, "", "#" + (hash ? "?" + hash : ""));
  };
  const read = state => {
    for (const name of ["text", "run", "chapter", "capability"]) field[name].value = state.get(name) ?? "";
    const verdicts = state.get("verdict");
    for (const box of boxes) box.checked = verdicts === null || verdicts.includes(box.value);
    filter();
  };

  const show = state => {
    read(new URLSearchParams(state));
    write();
    const first = document.querySelector(".behaviour:not([hidden])");
    const few = document.querySelectorAll(".behaviour:not([hidden])").length <= 3;
    if (few) openShown();
    document.getElementById("behaviours").scrollIntoView();
    first?.querySelector("summary")?.focus({preventScroll: true});
  };
  const openShown = () => {
    for (const item of document.querySelectorAll(".behaviour:not([hidden]), .behaviour:not([hidden]) .case:not([hidden])")) item.open = true;
  };

  /* A link to a behaviour, a case or a result opens what is around it. */
  const reveal = () => {
    if (location.hash.startsWith("#?")) {
      read(new URLSearchParams(location.hash.slice(2)));
      document.getElementById("behaviours").scrollIntoView();
      return;
    }
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); read(new URLSearchParams()); }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };

  /* Steps are text until somebody looks at them: thousands of cases would be too many elements. */
  const decorate = pre => {
    const list = document.createElement("ol");
    list.className = "steps";
    let item;
    for (const line of pre.textContent.split("\n")) {
      const [, number, key, rest] = line.match(/^ *(\d*) *(\S*)(.*)$/);
      if (number) item = list.appendChild(document.createElement("li"));
      else item.append("\n");
      const word = document.createElement(number ? "b" : "i");
      word.textContent = key;
      item.append(word, rest);
    }
    pre.replaceWith(list);
  };
  document.addEventListener("toggle", event => {
    if (event.target.open && event.target.matches(".case")) event.target.querySelectorAll("pre.written").forEach(decorate);
  }, true);

  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-show]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      show(link.dataset.show);
      return;
    }
    const inside = event.target.closest("a[href^='#']");
    if (inside && inside.getAttribute("href") === location.hash) reveal();
  });
  addEventListener("hashchange", reveal);

  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { filter(); write(); }, 120); });
  form.addEventListener("reset", () => setTimeout(() => { filter(); write(); }));
  form.addEventListener("submit", event => event.preventDefault());
  field.open.addEventListener("click", openShown);
  addEventListener("keydown", event => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) { event.preventDefault(); field.text.focus(); }
    if (event.key === "Escape" && event.target === field.text) { field.text.value = ""; filter(); write(); }
  });
  addEventListener("beforeprint", () => { for (const item of document.querySelectorAll("details.bad, .story details")) item.open = true; });

  if (navigator.clipboard) {
    for (const box of document.querySelectorAll(".again")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("pre").textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      box.append(button);
    }
  }

  form.hidden = false;
  filter();
  reveal();
})();

"use strict";
(() => {
  const form = document.querySelector(".find"), field = form.elements, said = form.querySelector("output");
  const chapters = [...document.querySelectorAll(".chapter")].map(section => ({
    section, rules: [...section.querySelectorAll(".rule-of")].map(element => ({element, text: null})),
  }));
  const others = document.querySelectorAll("main > section:not(.chapter)");
  const filter = () => {
    const words = field.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0, all = 0;
    for (const {section, rules} of chapters) {
      let any = false;
      for (const rule of rules) {
        all++;
        rule.text ??= words.length ? rule.element.textContent.toLowerCase() : null;
        rule.element.hidden = words.length > 0 && !words.every(word => rule.text.includes(word));
        if (!rule.element.hidden) { shown++; any = true; }
      }
      section.hidden = !any;
    }
    for (const section of others) section.hidden = words.length > 0;
    said.textContent = words.length ? `${shown} of ${all} behaviours` : "";
  };

  /* A link opens what it leads into. */
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) { field.text.value = ""; filter(); }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };

  /* Placeholders stand out: they are the columns of the table below. */
  const dress = list => {
    const walker = document.createTreeWalker(list, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) if (/<[\w-]+\??>/.test(walker.currentNode.data)) found.push(walker.currentNode);
    for (const node of found) {
      node.replaceWith(...node.data.split(/(<[\w-]+\??>)/).map(part => {
        if (!/^<[\w-]+\??>$/.test(part)) return part;
        const word = document.createElement("var");
        word.textContent = part;
        return word;
      }));
    }
    list.dataset.dressed = "";
  };
  document.addEventListener("toggle", event => {
    if (event.target.open) event.target.querySelectorAll(".steps:not([data-dressed])").forEach(dress);
  }, true);

  addEventListener("hashchange", reveal);
  document.addEventListener("click", event => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal();
    if (link && matchMedia("(max-width: 67.99rem)").matches && link.closest(".contents")) document.querySelector(".contents").open = false;
  });
  let timer = 0;
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  form.addEventListener("submit", event => event.preventDefault());
  field.open.addEventListener("click", () => {
    for (const item of document.querySelectorAll(".rule-of:not([hidden]) .cases")) item.open = true;
  });
  addEventListener("keydown", event => {
    if (event.key === "/" && !event.target.closest("input")) { event.preventDefault(); field.text.focus(); }
    if (event.key === "Escape" && event.target === field.text) { field.text.value = ""; filter(); }
  });
  if (matchMedia("(max-width: 67.99rem)").matches) document.querySelector(".contents").open = false;
  form.hidden = false;
  reveal();
})();

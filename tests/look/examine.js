// What looks wrong on the page of a file: evaluated in it once the file is shown. Gives counts and, of each kind, some examples.
() => {
  const MOST = 5;
  const shown = document.querySelector("#rendered") ?? document.querySelector("#file-box");
  const some = (found, say) => ({ count: found.length, examples: found.slice(0, MOST).map(say) });
  // What is not looked at is not laid out, and has no words then.
  for (const one of shown.querySelectorAll(".hs-cell, .hs-lines")) one.style.contentVisibility = "visible";
  const brief = (text) => text.replace(/\s+/g, " ").trim().slice(0, 90);

  // --- formulas
  const set = [...shown.querySelectorAll(".hs-math-set:not(.hs-math-unset)")];
  const unset = [...shown.querySelectorAll(".hs-math, .hs-math-unset, .katex-error, mjx-merror")].map((one) => one.textContent);
  const code = "pre, code, .hs-math, .hs-math-set, .hs-raw, .hs-tree, .hs-table, .hs-lines, annotation, details[data-source]";
  const written = /\$\$[^$]+\$\$|\\begin\{\w+\*?\}|\\\([^)]+\\\)|\\\[[^\]]+\\\]|\$[^$\n]*[\\^_={}][^$\n]*\$|\$\s?[A-Za-z]\s?\$/;
  const texts = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent;
    if (written.test(text) && !texts.currentNode.parentElement.closest(code)) unset.push(text);
  }

  // --- pictures
  const broken = [...shown.querySelectorAll("img")].filter((one) => !one.complete || one.naturalWidth === 0);
  const missing = [...shown.querySelectorAll(".hs-missing")];

  // --- links: of each the address, and whether what it names on this page is there
  const here = window.location.pathname;
  const ids = (name) => document.getElementById(name) || document.getElementsByName(name).length;
  const links = [...shown.querySelectorAll("a[href]")].filter((one) => URL.canParse(one.href)).map((one) => new URL(one.href));
  const anchors = links.filter((one) => one.pathname === here && one.hash.length > 1);
  const dead = anchors.filter((one) => !ids(decodeURIComponent(one.hash.slice(1))));

  // --- what reaches out of its place, or is squeezed in it
  const scrolls = (one) => {
    for (let up = one; up && up !== document.body; up = up.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true;
    }
    return false;
  };
  const edge = shown.getBoundingClientRect().right + 1;
  const wide = [...shown.querySelectorAll("table, img, pre, .katex-display, mjx-container")]
    .filter((one) => one.getBoundingClientRect().right > edge && !scrolls(one));
  const slivers = [...shown.querySelectorAll("td, th")]
    .filter((one) => one.clientWidth < 60 && one.textContent.trim().length > 8 && one.clientHeight > 60);

  return {
    formulas: set.length,
    unset: some(unset, brief),
    broken: some(broken, (one) => brief(one.getAttribute("src")?.slice(0, 80) || "(no address)")),
    missing: some(missing, (one) => brief(one.textContent)),
    dead: some(dead, (one) => decodeURIComponent(one.hash)),
    links: links.filter((one) => one.pathname !== here).map((one) => one.origin + one.pathname + one.hash),
    named: [...document.querySelectorAll("[id]")].map((one) => one.id),
    wide: some(wide, (one) => one.tagName.toLowerCase()),
    slivers: some(slivers, (one) => brief(one.textContent)),
    said: brief(shown.querySelector(":scope > .hs-note")?.textContent ?? ""),
    // Without how long ago it was changed.
    text: [...document.querySelector("#file-box").children].filter((one) => one.tagName !== "HEADER")
      .map((one) => one.innerText).join(" ").replace(/\s+/g, " "),
  };
}

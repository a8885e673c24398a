// Returns what is wrong with the page for people who hear it, use it by
// keyboard, see little contrast, or hold a phone. One sentence a fault.
(() => {
  const faults = [];
  const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (e.name ? `[name=${e.name}]` : "");
  const all = selector => [...document.querySelectorAll(selector)];

  if (!document.documentElement.lang) faults.push("the page has no language");
  if (!document.title.trim()) faults.push("the page has no title");
  if (all("main").length !== 1) faults.push(`${all("main").length} main elements`);
  const h1 = all("h1");
  if (h1.length !== 1 || !h1[0].innerText.trim()) faults.push(`${h1.length} h1 elements, or an empty one`);
  const viewport = document.querySelector("meta[name=viewport]")?.content ?? "";
  if (!viewport.includes("width=device-width")) faults.push("no viewport for phones");
  if (/user-scalable|maximum-scale/.test(viewport)) faults.push("the page cannot be zoomed");

  const ids = all("[id]").map(e => e.id);
  for (const id of ids.filter((id, i) => ids.indexOf(id) !== i)) faults.push(`two elements have the id ${id}`);
  for (const e of all("[aria-describedby]")) {
    for (const id of e.getAttribute("aria-describedby").split(/\s+/)) {
      if (!document.getElementById(id)?.innerText.trim()) faults.push(`${name(e)} is described by ${id}, which says nothing`);
    }
  }
  for (const e of all("[aria-invalid=true]")) {
    if (!e.hasAttribute("aria-describedby")) faults.push(`${name(e)} is invalid without saying why`);
  }
  for (const e of all("input:not([type=hidden]), select, textarea")) {
    if (![...e.labels].some(l => l.innerText.trim()) && !e.ariaLabel) faults.push(`${name(e)} has no label`);
    if (e.type !== "radio" && e.type !== "checkbox" && !e.autocomplete) faults.push(`${name(e)} does not say what fills it`);
  }
  for (const e of all("button, a[href]")) {
    if (!e.innerText.trim() && !e.ariaLabel) faults.push(`${name(e)} has no text`);
  }
  for (const e of all("img")) if (!e.hasAttribute("alt")) faults.push("a picture has no alt");

  // Targets of fingers: WCAG 2.2, 2.5.8. A radio button has its label as well.
  for (const e of all("button, a.button, input:not([type=hidden])")) {
    const r = (e.closest("label") ?? e).getBoundingClientRect();
    if (r.width < 24 || r.height < 24) faults.push(`${name(e)} is ${r.width} by ${r.height}: too small`);
  }

  // Nothing sticks out to the right: WCAG 1.4.10.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) faults.push(`the page is ${document.documentElement.scrollWidth} wide on a screen of ${width}`);
  for (const e of all("body *")) {
    const r = e.getBoundingClientRect();
    if (r.width > 0 && (r.right > width + .5 || r.left < -.5)) faults.push(`${name(e)} sticks out`);
  }

  // Contrast: WCAG 1.4.3 for text, 1.4.11 for the edge of fields.
  const parse = c => (c.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const ratio = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
    return (x + .05) / (y + .05);
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
      if (c[3] !== 0) faults.push(`${name(e)} is half transparent: its contrast cannot be told`);
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const judge = (e, text) => {
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const got = ratio(parse(style.color), behind(e));
    if (got < (large ? 3 : 4.5)) faults.push(`contrast ${got.toFixed(2)} of "${text.slice(0, 40)}"`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, text = texts.currentNode.data.trim();
    if (text && e.checkVisibility()) judge(e, text);
  }
  for (const e of all("input:not([type=hidden]):not([type=radio])")) {
    judge(e, e.value || name(e));
    const got = ratio(parse(getComputedStyle(e).borderTopColor), behind(e.parentElement));
    if (got < 3) faults.push(`contrast ${got.toFixed(2)} of the edge of ${name(e)}`);
  }
  return faults;
})()

/** What the browser's tests do in a page: run there, so nothing here sees what is outside its function. Types: in-page.d.mts. */

/**
 * Texts that can't be read well: those below a contrast of 4.5:1 on what is behind them (WCAG 2.2, 1.4.3), as the browser has computed
 * their colours; what is behind a text of a picture are the rectangles that are drawn before it.
 */
export function paleTexts() {
  const parse = (value, opacity = 1) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (value.match(/[\d.]+/g) ?? []).map(Number);
    return value === 'none' || value === '' ? [0, 0, 0, 0] : [red, green, blue, alpha * opacity];
  };
  const over = ([r, g, b, a], below) => {
    const mixed = (one, other) => one * a + other * (1 - a);
    return [mixed(r, below[0]), mixed(g, below[1]), mixed(b, below[2]), 1];
  };
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const isDark = matchMedia('(prefers-color-scheme:dark)').matches;
  const found = new Map();
  /** A picture's rectangles, looked at once. */
  const rectsOf = (svg) => {
    if (!found.has(svg)) {
      const rects = [...svg.querySelectorAll('rect')].map((rect) => {
        const style = getComputedStyle(rect);
        return {
          rect,
          box: rect.getBoundingClientRect(),
          color: parse(style.fill, Number(style.fillOpacity)),
        };
      });
      found.set(svg, rects);
    }
    return found.get(svg);
  };
  const behind = (element) => {
    const chain = [];
    for (let one = element; one !== null; one = one.parentElement) chain.unshift(one);
    let color = isDark ? [0, 0, 0, 1] : [255, 255, 255, 1];
    for (const one of chain) color = over(parse(getComputedStyle(one).backgroundColor), color);
    const svg = element.closest('svg');
    if (svg === null) return color;
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    for (const { rect, box, color: fill } of rectsOf(svg)) {
      if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
      const isBefore = (rect.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
      if (isBefore) color = over(fill, color);
    }
    return color;
  };
  const pale = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const words = node.textContent?.trim() ?? '';
    if (element === null || words === '' || element.closest('title,desc,style,script,head') !== null)
      continue;
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const below = behind(element);
    const isDrawn = element.closest('svg') !== null;
    const color = over(parse(isDrawn ? style.fill : style.color), below);
    const [bright, dim] = [luminance(color), luminance(below)].sort((a, b) => b - a);
    const contrast = (bright + 0.05) / (dim + 0.05);
    seen++;
    if (contrast < 4.5) pale.push(`${contrast.toFixed(2)}:1 ${words.slice(0, 60)}`);
  }
  return { seen, pale };
}

/** Opens everything that is folded. */
export function unfold() {
  for (const one of document.querySelectorAll('details')) one.open = true;
  // A lesson's steps are shown one by one.
  for (const one of document.querySelectorAll('.step,.says')) one.hidden = false;
}

export function hiddenParts() {
  return [...document.querySelectorAll('pre,table,svg,p')]
    .filter((one) => !one.checkVisibility() && !one.matches('.turn,.says,.end'))
    .map((one) => one.outerHTML.slice(0, 80));
}

export function background() {
  return getComputedStyle(document.body).backgroundColor;
}

export function pageWidth() {
  return document.documentElement.scrollWidth;
}

/** Pixels that the first wide part was moved by. */
export function movedBy() {
  return Math.max(0, ...[...document.querySelectorAll('.wide')].map((one) => one.scrollLeft));
}

/** The name of the element that has the keys. */
export function focused() {
  return document.activeElement?.tagName ?? '';
}

export function rootTag() {
  return document.documentElement.tagName;
}

/** Texts of a picture that are not whole within its edges. */
export function textsBeyondEdge() {
  const edge = document.documentElement.getBoundingClientRect();
  return [...document.querySelectorAll('text')]
    .filter((one) => {
      const { left, right, bottom } = one.getBoundingClientRect();
      return left < edge.left || right > edge.right + 1 || bottom > edge.bottom + 1;
    })
    .map((one) => one.textContent ?? '');
}

export function linkAddresses() {
  return [...document.querySelectorAll('a')].map((one) => one.href);
}

/** What a screen reader says of each picture. */
export function pictureLabels() {
  return [...document.querySelectorAll('svg')].map((one) => one.ariaLabel ?? '');
}

/** Texts of pictures that lie over each other. */
export function overlaps() {
  const over = [];
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter((one) => one.checkVisibility());
    const boxes = texts.map((one) => one.getBoundingClientRect());
    for (const [i, a] of boxes.entries()) {
      for (const [j, b] of boxes.entries()) {
        if (j <= i) continue;
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        // A line's box is higher than its letters.
        if (width > 2 && height > 4) over.push(`${texts[i].textContent} | ${texts[j].textContent}`);
      }
    }
  }
  return over;
}

/** Where a lesson's letter is at each point of its way, and whether its envelope is on there: the animation, stopped at each. */
export function letterOnItsWay() {
  const [letter] = [...document.querySelectorAll('svg g[id$=m]')].filter((one) => one.checkVisibility());
  const envelope = letter.querySelector('g');
  const [move] = letter.getAnimations();
  const [cover] = envelope.getAnimations();
  const length = move.effect.getComputedTiming().duration;
  const places = move.effect.getKeyframes().map(({ computedOffset }) => computedOffset);
  return places.map((share) => {
    for (const one of [move, cover]) {
      one.pause();
      // Just behind the change at a point; at the last, what is there.
      one.currentTime = Math.min(share + 0.03, 0.9999) * length;
    }
    return {
      x: Math.round(letter.getBoundingClientRect().x),
      isOn: Number(getComputedStyle(envelope).opacity) > 0.5,
    };
  });
}

/** Each text as Mermaid draws it, in words; or what is wrong with it. */
export async function mermaidSvgs(texts) {
  mermaid.initialize({ startOnLoad: false, htmlLabels: false, flowchart: { htmlLabels: false } });
  const drawn = [];
  for (const [i, text] of texts.entries()) {
    try {
      await mermaid.parse(text);
      const { svg } = await mermaid.render(`m${i}`, text);
      document.body.innerHTML = svg;
      drawn.push({ fault: '', words: document.body.textContent });
    } catch (error) {
      drawn.push({ fault: String(error), words: '' });
    }
  }
  return drawn;
}

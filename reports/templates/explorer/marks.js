// Text in the page: made of text nodes alone, with what hides made visible, and with marks.

const HIDDEN =
  /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufff9-\ufffb\ufeff\u{e0000}-\u{e007f}]/gu;

/** Control and direction characters as escapes; line ends and tabs stay. */
function visible(text) {
  const escape = (c) => (c === "\r" ? "\\r" : `\\u{${c.codePointAt(0).toString(16)}}`);
  return text.replace(HIDDEN, (c) => (c === "\n" || c === "\t" ? c : escape(c)));
}

/** An element; strings among its children become text. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  const nodes = children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
  element.append(...nodes.map((child) => (typeof child === "string" ? visible(child) : child)));
  return element;
}

const WORD = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;
/** Cells of the table that two texts are compared by; beyond it nothing is marked. */
const MOST_CELLS = 4e6;

/** Where two texts differ, by words: the ranges of each that the other lacks. `null`: they are too long. */
function differences(a, b) {
  const [ours, theirs] = [a, b].map((text) => [...text.matchAll(WORD)]);
  const same = (i, j) => ours[i][0] === theirs[j][0];
  let start = 0;
  let [m, n] = [ours.length, theirs.length];
  while (start < m && start < n && same(start, start)) start++;
  while (m > start && n > start && same(m - 1, n - 1)) [m, n] = [m - 1, n - 1];
  const width = n - start + 1;
  if ((m - start + 1) * width > MOST_CELLS) return null;
  // The longest common subsequence of what is left, from the end.
  const longest = new Uint16Array((m - start + 1) * width);
  const at = (i, j) => (i - start) * width + (j - start);
  for (let i = m - 1; i >= start; i--) {
    for (let j = n - 1; j >= start; j--) {
      longest[at(i, j)] = same(i, j)
        ? longest[at(i + 1, j + 1)] + 1
        : Math.max(longest[at(i + 1, j)], longest[at(i, j + 1)]);
    }
  }
  const [left, right] = [[], []];
  let [i, j] = [start, start];
  while (i < m || j < n) {
    if (i < m && j < n && same(i, j)) [i, j] = [i + 1, j + 1];
    else if (j >= n || (i < m && longest[at(i + 1, j)] >= longest[at(i, j + 1)])) addRange(left, ours[i++]);
    else addRange(right, theirs[j++]);
  }
  return [left, right];
}

/** Adds a word to ranges; one that follows the last without a gap goes on with it. */
function addRange(ranges, word) {
  const last = ranges.at(-1);
  const to = word.index + word[0].length;
  if (last?.to === word.index) last.to = to;
  else ranges.push({ from: word.index, to });
}

/** Where these words stand by themselves in a text. */
function standing(text, words) {
  const isPart = (c) => c !== undefined && /[\p{L}\p{N}]/u.test(c);
  const found = [];
  for (const word of words.map(visible).filter(Boolean)) {
    for (let from = text.indexOf(word); from >= 0 && found.length < 500; from = text.indexOf(word, from + 1)) {
      const to = from + word.length;
      if (!isPart(text[from - 1]) && !isPart(text[to])) found.push({ from, to });
    }
  }
  return found;
}

const MARKS = {
  differs: "not in the other output",
  unexpected: "not what is expected",
  unsupported: "not found in the passages",
};

/** A text with marks: `layers` names what its ranges mean. */
function marked(text, layers) {
  const ranges = Object.entries(layers).flatMap(([kind, found]) =>
    (found ?? []).map((range) => ({ kind, ...range })),
  );
  const edges = [...new Set([0, text.length, ...ranges.flatMap((range) => [range.from, range.to])])];
  edges.sort((a, b) => a - b);
  return edges.slice(0, -1).map((from, place) => {
    const piece = text.slice(from, edges[place + 1]);
    const kinds = ranges.filter((range) => range.from <= from && from < range.to).map((range) => range.kind);
    if (kinds.length === 0) return piece;
    const title = kinds.map((kind) => MARKS[kind]).join(", ");
    return make("mark", { class: kinds.join(" "), title }, piece);
  });
}

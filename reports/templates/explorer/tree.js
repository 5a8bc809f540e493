// JSON as a tree, and calls as calls.

/** Deeper values are shown as text. */
const DEEPEST = 60;

/** The object or list that a text holds, or `undefined`. */
function asJson(text) {
  if (!/^\s*[{[]/.test(text)) return undefined;
  let [depth, deepest] = [0, 0];
  for (const c of text) {
    if (c === "{" || c === "[") deepest = Math.max(deepest, ++depth);
    else if (c === "}" || c === "]") depth--;
  }
  if (deepest > DEEPEST) return undefined;
  try {
    return parsed(text);
  } catch {
    return undefined;
  }
}

function isTree(value) {
  return typeof value === "object" && value !== null && !(value instanceof Written);
}

/** A value as a tree. What `other` has otherwise at the same place is marked as this kind, and these words. */
function tree(value, other, words, kind = "differs") {
  const items = Object.entries(value).map(([key, item]) => {
    const has = isTree(other) && Object.hasOwn(other, key);
    const lacks = other !== undefined && !has;
    // What the other one lacks is marked whole.
    const theirs = lacks ? null : other?.[key];
    const name = make(
      "span",
      { class: "json-key" },
      lacks ? make("mark", { class: kind, title: MARKS[kind] }, key) : key,
    );
    if (isTree(item) && Object.keys(item).length > 0) return branch(name, item, tree(item, theirs, words, kind));
    const same = theirs === undefined || (!lacks && typeof item === typeof theirs && plain(item) === plain(theirs));
    return make("li", {}, name, ": ", leaf(item, same ? undefined : kind, words));
  });
  return make("ul", { class: "json" }, items);
}

function branch(name, item, below) {
  const size = Object.keys(item).length;
  const sized = make("span", { class: "muted" }, Array.isArray(item) ? ` [${size}]` : ` {${size}}`);
  return make("li", {}, make("details", { open: true }, make("summary", {}, name, sized), below));
}

function leaf(value, mark, words) {
  const text = visible(typeof value === "string" ? value : plain(value));
  const layers = { unsupported: standing(text, words) };
  if (mark) layers[mark] = [{ from: 0, to: text.length }];
  const kind = typeof value === "string" ? "json-text" : "json-other";
  return make("span", { class: kind }, text === "" ? "(empty)" : marked(text, layers));
}

/** A value as code; one of several that are accepted, with all of them. */
function literal(value) {
  if (isTree(value) && Array.isArray(value.any_of)) {
    const accepted = value.any_of.map(code);
    return [...accepted, ...(value.optional ? ["left out"] : [])].join(" or ");
  }
  return code(value);
}

/** A call as code: `refund(order: "FM-1")`, its arguments below each other where they are long. */
function callText(call) {
  // What is no call stands as it is written.
  if (!isTree(call)) return plain(call);
  if (typeof call.more === "string") return call.more;
  const name = (typeof call.name === "string" && call.name) || "(no name)";
  if (!isTree(call.arguments)) return `${name}(\n  ${plain(call.arguments)}\n)  ← not a JSON object`;
  const given = Object.entries(call.arguments).map(([key, value]) => `${key}: ${literal(value)}`);
  const line = `${name}(${given.join(", ")})`;
  return line.length <= 60 ? line : `${name}(\n${given.map((one) => `  ${one}`).join(",\n")}\n)`;
}

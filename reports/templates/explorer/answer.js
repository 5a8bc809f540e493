// One answer of a model: its fate, what it said and called, and what was measured of it.

function answerOf(index, block, answer, other, side, expected) {
  const parts = [
    make(
      "p",
      { class: "fate" },
      fateMark(index, answer.fate),
      answer.note ? make("span", { class: "note" }, answer.note) : null,
    ),
  ];
  if (answer.error) parts.push(make("p", { class: "role" }, "error"), make("pre", { tabindex: 0 }, answer.error));
  if (answer.prompt) parts.push(folded("Asked by a prompt of its own", promptOf(answer.prompt, block)));
  for (const step of answer.steps ?? []) parts.push(stepOf(step));
  const calls = (answer.calls ?? []).map(callText).join("\n");
  const text = answer.text ?? "";
  if (text !== "") parts.push(textOf(text, other?.text, expected, answer.unsupported ?? [], side));
  if (calls !== "") parts.push(written(calls, (other?.calls ?? []).map(callText).join("\n"), [], side, "call"));
  if (!index.redacted && text === "" && calls === "" && !answer.error)
    parts.push(make("pre", { class: "muted" }, "(empty)"));
  if (answer.unsupported)
    parts.push(make("p", { class: "note" }, "Not found in the passages: ", answer.unsupported.join("; ")));
  if (answer.reasoning) parts.push(folded("Thinking, not scored", make("pre", { tabindex: 0 }, answer.reasoning)));
  for (const said of answer.judged ?? []) parts.push(judgedOf(said));
  parts.push(
    make(
      "p",
      { class: "meta" },
      answer.facts.map((fact) => make("span", {}, fact)),
    ),
  );
  if (answer.scores.length > 0) parts.push(folded("Scores", scoresOf(answer.scores)));
  return parts;
}

/** A fate as colour, sign and word. */
function fateMark(index, fate) {
  const { word, label, sign, right } = index.fates[fate];
  const key = make("i", { class: `key f-${word}`, "aria-hidden": "true" });
  return make("span", { class: right ? "mark good" : "mark" }, key, `${sign} ${label}`);
}

/** A text: a tree where it is JSON, with what the other one, or what was expected, has otherwise marked. */
function textOf(text, other, expected, unsupported, side) {
  const value = asJson(text);
  if (value === undefined) return written(text, other, unsupported, side, "text");
  const kind = hasKeysOf(value, expected) ? "unexpected" : "differs";
  const theirs = kind === "unexpected" ? expected : other === undefined ? undefined : asJson(other);
  return [
    make(
      "div",
      { class: "tree" },
      Object.keys(value).length > 0 ? tree(value, theirs, unsupported, kind) : code(value),
    ),
    folded("As written", make("pre", { tabindex: 0 }, text)),
  ];
}

/** Whether an object has the keys of what is expected, so that its values can be held against them. */
function hasKeysOf(value, expected) {
  return isTree(expected) && Object.keys(expected).every((key) => Object.hasOwn(value, key));
}

function written(text, other, unsupported, side, kind) {
  const [ours, theirs] = [text, other ?? ""].map(visible);
  const [a, b] = side === 0 ? [ours, theirs] : [theirs, ours];
  const differ = theirs === "" || ours === theirs ? [[], []] : differences(a, b);
  const pre = make(
    "pre",
    { class: kind, tabindex: 0 },
    marked(ours, { differs: differ?.[side], unsupported: standing(ours, unsupported) }),
  );
  return differ ? pre : [pre, make("p", { class: "role" }, "Too long to mark where the two differ.")];
}

function stepOf(step) {
  if (step.more) return make("p", { class: "role" }, step.more);
  const calls = step.calls.map((call) => [
    make("pre", { class: "call", tabindex: 0 }, callText(call)),
    call.answer === undefined
      ? null
      : [
          make("p", { class: "role" }, "the tool answers"),
          make("pre", { class: "answered", tabindex: 0 }, call.answer),
        ],
  ]);
  return [step.text ? make("pre", { tabindex: 0 }, step.text) : null, calls];
}

function judgedOf(said) {
  if (said.more) return make("p", { class: "role" }, said.more);
  return make(
    "div",
    { class: "judged" },
    make("p", {}, `${said.metric} by ${said.judge}: `, make("b", {}, said.verdict ?? "unscored")),
    said.reasons.map((reason) => make("blockquote", {}, reason)),
  );
}

function scoresOf(scores) {
  const rows = scores.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("dl", { class: "scores" }, rows);
}

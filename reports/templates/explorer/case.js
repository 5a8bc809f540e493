// The open case: what was asked, what was expected, and what each of two models gave.

/** Fills the article with a case. `models` are the one or two that are side by side. */
function showCase(article, index, block, slot, models) {
  const shown = block.cases[slot];
  const sides = models.map((model) => shown.answers.filter((answer) => answer.model === model));
  const asked = [shown, ...shown.answers].find((one) => one.prompt)?.prompt;
  const outputs = models.map((model, side) => outputOf(index, block, shown, sides, side, index.models[model]));
  const asks = make("div", {}, make("h4", {}, "Prompt"), promptOf(asked, block));
  const expects = [make("h4", {}, "Expected"), expectedOf(shown.expected, index.kinds[shown.task])];
  const parts = [caseHead(index, shown)];
  // One output stands below what is expected, two stand side by side.
  if (index.redacted) parts.push(make("div", { class: "case-sides even" }, outputs));
  else if (models.length === 1)
    parts.push(make("div", { class: "case-sides" }, asks, make("div", {}, expects, outputs)));
  else {
    parts.push(make("div", { class: "case-sides" }, asks, make("div", {}, expects)));
    parts.push(make("div", { class: "case-sides even" }, outputs));
  }
  article.replaceChildren(...parts);
  const kinds = Object.keys(MARKS).filter((kind) => article.querySelector(`mark.${kind}`));
  const said = kinds.flatMap((kind) => [make("mark", { class: kind }, "like this"), `: ${MARKS[kind]}. `]);
  if (said.length > 0) article.append(make("p", { class: "legend" }, "Marked ", said));
  article.setAttribute("aria-label", visible(`Case ${shown.case}, ${index.tasks[shown.task]}`));
}

function caseHead(index, shown) {
  const tags = (shown.tags ?? []).map((tag) => make("span", { class: "slice" }, tag));
  return make(
    "header",
    {},
    make("h3", {}, shown.case, " ", make("small", {}, index.tasks[shown.task])),
    make("p", { class: "case-tags" }, shown.should_decline ? make("span", {}, "declining is right") : null, tags),
    make(
      "p",
      { class: "case-steps" },
      make("button", { type: "button", "data-step": "-1" }, "Previous"),
      make("button", { type: "button", "data-step": "1" }, "Next"),
      make("button", { type: "button", "data-step": "0" }, "Close"),
    ),
  );
}

function promptOf(turns, block) {
  if (!turns) return make("p", { class: "muted" }, "The record holds no prompt.");
  const several = turns.filter(([role]) => role !== "system").length > 1;
  return turns.map(([role, number]) => {
    const text = make("pre", { tabindex: 0 }, block.texts[number]);
    if (role === "system") return folded("The instruction", text);
    return several ? [make("p", { class: "role" }, role), text] : text;
  });
}

function folded(title, ...children) {
  return make("details", { class: "folded" }, make("summary", {}, title), children);
}

/** What a task of this kind expects. Calls are of tools alone, as what cannot be answered is of rag. */
function expectedOf(expected, kind) {
  if (expected === undefined) return make("p", { class: "muted" }, "The record holds none.");
  if (!isTree(expected)) return make("pre", { tabindex: 0 }, plain(expected));
  if (kind === "tools" && Array.isArray(expected.calls)) return callsOf(expected);
  if (kind === "rag" && expected.answerable === false)
    return make("pre", {}, "(no answer: the passages do not hold it)");
  return make("div", { class: "tree" }, tree(expected, undefined, []));
}

function callsOf({ calls, order }) {
  if (calls.length === 0) return make("pre", {}, "(no call)");
  const ordered = order === "given" ? make("p", { class: "role" }, "calls, in this order") : null;
  return [ordered, calls.map((call) => make("pre", { class: "call", tabindex: 0 }, callText(call)))];
}

/** The answers of one side, one below the other where a case was asked several times. */
function outputOf(index, block, shown, sides, side, model) {
  const name = index.models.length > 1 ? [model.name, " ", make("small", {}, model.role)] : ["Output"];
  const answers = sides[side].map((answer, place) => {
    const other = sides[1 - side]?.[place];
    return [
      sides[side].length > 1 ? make("p", { class: "role" }, `repeat ${answer.repeat + 1}`) : null,
      answerOf(index, block, answer, other, side, sides.length > 1 ? undefined : shown.expected),
    ];
  });
  const none = make("p", { class: "muted" }, "This model has no record of the case.");
  return make(
    "section",
    { class: "output", "aria-label": visible(model.name) },
    make("h4", {}, name),
    answers.length > 0 ? answers : none,
  );
}

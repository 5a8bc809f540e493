// Filters: what a case is asked, and how many cases each choice leaves.

/** The place of a case's fate for a model among the index's fates; `undefined`: there is no record. */
function fateOf(index, model, number) {
  const letter = index.outcomes[model][number];
  return letter === "-" ? undefined : letter.charCodeAt(0) - 48;
}

/** The choices of outcome, for one model or for two side by side: value, words and test. */
function outcomeChoices(index, models) {
  const fate = (model, number) => index.fates[fateOf(index, model, number)];
  const right = (model, number) => fate(model, number)?.right === true;
  const choices = [{ value: "all", label: "All", test: () => true }];
  if (models.length > 1) {
    const [ours, theirs] = models;
    const [a, b] = models.map((model) => index.models[model].name);
    const paired = (test) => (number) =>
      fate(ours, number)?.asked === true &&
      fate(theirs, number)?.asked === true &&
      test(right(ours, number), right(theirs, number));
    const group = "Both models";
    choices.push(
      { group, value: "differ", label: "One right, one not", test: paired((x, y) => x !== y) },
      { group, value: "only-candidate", label: `Only ${a} right`, test: paired((x, y) => x && !y) },
      { group, value: "only-reference", label: `Only ${b} right`, test: paired((x, y) => !x && y) },
      { group, value: "neither", label: "Neither right", test: paired((x, y) => !x && !y) },
      { group, value: "both", label: "Both right", test: paired((x, y) => x && y) },
    );
  }
  for (const model of models) choices.push(...choicesOf(index, model, fate));
  return choices;
}

function choicesOf(index, model, fate) {
  const group = index.models[model].name;
  const choice = (value, label, test) => ({ group, value: `${model}:${value}`, label, test });
  const failed = (number) => fate(model, number)?.asked === true && !fate(model, number).right;
  const fates = index.fates.map((one) => choice(one.word, one.label, (number) => fate(model, number) === one));
  const flags = index.flags.map((flag, place) => {
    const cases = new Set(flag.cases[model]);
    return choice(`flag-${place}`, flag.label, (number) => cases.has(number));
  });
  return [choice("not-right", "not right", failed), ...fates, ...flags];
}

/** Fills a select, groups as groups, and leaves out what no case has. */
function fillSelect(select, choices, count) {
  const kept = choices.filter((choice) => choice.value === "all" || count(choice.test) > 0);
  const option = (choice) => make("option", { value: choice.value }, choice.label);
  const groups = [...new Set(kept.map((choice) => choice.group))];
  const nodes = groups.flatMap((group) => {
    const options = kept.filter((choice) => choice.group === group).map(option);
    return group === undefined ? options : make("optgroup", { label: visible(group) }, options);
  });
  const value = select.value;
  select.replaceChildren(...nodes);
  select.value = kept.some((choice) => choice.value === value) ? value : "all";
  return kept;
}

/** Writes beside each choice how many cases it leaves. */
function writeCounts(select, choices, count) {
  for (const option of select.options) {
    const choice = choices.find((one) => one.value === option.value);
    const found = count(choice.test);
    option.textContent = visible(`${choice.label} (${found.toLocaleString("en")})`);
    option.disabled = found === 0 && option.value !== "all" && !option.selected;
  }
}

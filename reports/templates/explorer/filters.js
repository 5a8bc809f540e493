// Filters: what a case is asked, and how many cases each choice leaves. A filter is its choices, and `of`: those of them
// that a case is of.

/** Slices that can be chosen: a suite may have one for each case. */
const MOST_SLICES = 300;

const allOf = (label) => ({ value: "all", label, test: () => true });

function taskFilter(index) {
  const all = allOf("All tasks");
  const tasks = index.tasks.map((label, task) => ({ value: String(task), label }));
  return filterOf([all, ...tasks], (n) => [all, tasks[index.task_of[n]]]);
}

/** The slices that most cases are of. */
function sliceFilter(index) {
  const sizes = new Map();
  const sets = index.tags.map(() => 0);
  for (const set of index.tags_of) sets[set]++;
  index.tags.forEach((set, place) => {
    for (const tag of new Set(set)) sizes.set(tag, (sizes.get(tag) ?? 0) + sets[place]);
  });
  const names = [...sizes.keys()].sort();
  const often = [...names].sort((a, b) => sizes.get(b) - sizes.get(a)).slice(0, MOST_SLICES);
  const all = allOf("All slices");
  const choices = new Map(often.sort().map((label) => [label, { value: `tag:${label}`, label }]));
  const ofSet = index.tags.map((set) => [all, ...[...new Set(set)].flatMap((tag) => choices.get(tag) ?? [])]);
  const filter = filterOf([all, ...choices.values()], (n) => ofSet[index.tags_of[n]]);
  const more = names.length - choices.size;
  return more > 0 ? { ...filter, more: `${number(more)} rarer slices are left out` } : filter;
}

function filterOf(choices, of) {
  for (const choice of choices) choice.test ??= (n) => of(n).includes(choice);
  return { choices, of };
}

/** The place of a case's fate for a model among the index's fates; `undefined`: there is no record. */
function fateOf(index, model, number) {
  const letter = index.outcomes[model][number];
  return letter === "-" ? undefined : letter.charCodeAt(0) - 48;
}

/** The outcomes, of one model or of two side by side. */
function outcomeFilter(index, models) {
  const fate = (model, number) => index.fates[fateOf(index, model, number)];
  const right = (model, number) => fate(model, number)?.right === true;
  const choices = [allOf("All")];
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
  return filterOf(choices, (n) => choices.filter(({ test }) => test(n)));
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

/** How many of these cases each choice leaves. */
function tally({ of }, cases) {
  const counts = new Map();
  for (const n of cases) {
    for (const choice of of(n)) counts.set(choice, (counts.get(choice) ?? 0) + 1);
  }
  return counts;
}

/** Fills a select, groups as groups, and leaves out what no case has. */
function fillSelect(select, filter, counts) {
  const choices = filter.choices.filter((choice) => choice.value === "all" || counts.has(choice));
  const option = (choice) => make("option", { value: choice.value }, choice.label);
  const groups = [...new Set(choices.map((choice) => choice.group))];
  const nodes = groups.flatMap((group) => {
    const options = choices.filter((choice) => choice.group === group).map(option);
    return group === undefined ? options : make("optgroup", { label: visible(group) }, options);
  });
  if (filter.more) nodes.push(make("option", { disabled: true }, filter.more));
  const value = select.value;
  select.replaceChildren(...nodes);
  select.value = choices.some((choice) => choice.value === value) ? value : "all";
  return { ...filter, choices };
}

/** Writes beside each choice how many cases it leaves. */
function writeCounts(select, { choices }, counts) {
  const options = new Map([...select.options].map((option) => [option.value, option]));
  for (const choice of choices) {
    const [option, found] = [options.get(choice.value), counts.get(choice) ?? 0];
    option.textContent = visible(`${choice.label} (${number(found)})`);
    option.disabled = found === 0 && choice.value !== "all" && !option.selected;
  }
}

// Addresses of cases, and the beginning.

/** The address of a case within the page. */
function fragment(index, n) {
  const parts = [index.tasks[index.task_of[n]], index.ids[n], index.nth[n]].filter((part) => part !== undefined);
  return `#case=${parts.map(encodeURIComponent).join("/")}`;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function tell(words) {
  at("case-notice").textContent = words;
  at("case-notice").hidden = words === "";
}

function failed(error) {
  at("case-count").textContent =
    error instanceof Changed ? error.message : `The cases cannot be read: ${error.message}`;
}

async function begin() {
  const carried = at("case-index");
  const source = carried ? carriedCases(carried) : servedCases();
  const index = await source.index();
  tell([index.carried, index.held_out].filter(Boolean).join(" "));
  at("case-explorer").hidden = false;
  new CaseList(source, index).route();
}

begin().catch((error) => tell(`The cases cannot be shown: ${error.message}. They are in records.jsonl.`));

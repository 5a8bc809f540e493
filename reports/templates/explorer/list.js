// The list: searched, filtered, paged, and gone through by keys.

const ROWS = 100;
const at = (id) => document.getElementById(id);
const number = (n) => n.toLocaleString("en");

class CaseList {
  constructor(source, index) {
    Object.assign(this, { source, index, found: null, shown: [], page: 0, open: null, asked: 0 });
    this.all = Array.from(index.ids, (_, place) => place);
    const [candidate, reference] = ["candidate", "reference"].map((role) =>
      index.models.findIndex((model) => model.role === role),
    );
    const second = reference >= 0 ? reference : index.models.findIndex((_, place) => place !== candidate);
    this.models = [candidate, second].filter((model, place, both) => model >= 0 && both.indexOf(model) === place);
    this.filters = {};
    this.fill("filter-task", taskFilter(index));
    this.fill("filter-slice", sliceFilter(index));
    at("filter-task").parentElement.hidden = index.tasks.length < 2;
    at("filter-slice").parentElement.hidden = this.filters["filter-slice"].choices.length < 2;
    this.chooseModels();
    this.listen();
    this.filter();
  }

  fill(id, filter) {
    this.filters[id] = fillSelect(at(id), filter, tally(filter, this.all));
  }

  /** The two that are side by side, of several. */
  chooseModels() {
    const { index } = this;
    ["model-left", "model-right"].forEach((id, side) => {
      const select = at(id);
      select.parentElement.hidden = index.models.length < 3;
      const options = index.models.map((model, place) => make("option", { value: String(place) }, model.name));
      select.replaceChildren(...options);
      select.value = String(this.models[side] ?? 0);
      select.onchange = () => {
        this.models[side] = Number(select.value);
        this.modelsChanged();
        if (this.open !== null) this.show(this.open);
      };
    });
    this.modelsChanged();
  }

  modelsChanged() {
    const models = [...new Set(this.models)];
    this.fill("filter-outcome", outcomeFilter(this.index, models));
    const names = models.map((model) =>
      make("th", { scope: "col" }, this.index.models.length > 1 ? this.index.models[model].name : "Outcome"),
    );
    const slices = this.index.tags.some((set) => set.length > 0) ? make("th", { scope: "col" }, "Slices") : null;
    at("case-head").replaceChildren(
      make("tr", {}, make("th", { scope: "col" }, "Case"), make("th", { scope: "col" }, "Task"), names, slices),
    );
    this.filter();
  }

  test(id) {
    return this.filters[id].choices.find((choice) => choice.value === at(id).value)?.test ?? (() => true);
  }

  /** Brings the list in line with the search and the filters. */
  filter() {
    if (!this.filters["filter-outcome"]) return;
    const tests = Object.fromEntries(Object.keys(this.filters).map((id) => [id, this.test(id)]));
    const searched = this.found ?? this.all;
    this.shown = searched.filter((n) => Object.values(tests).every((test) => test(n)));
    for (const id of Object.keys(this.filters)) {
      const others = Object.entries(tests).filter(([other]) => other !== id);
      const left = searched.filter((n) => others.every(([, test]) => test(n)));
      writeCounts(at(id), this.filters[id], tally(this.filters[id], left));
    }
    this.page = 0;
    this.draw();
    document.querySelector("#cases .case-box").scrollTop = 0;
  }

  draw() {
    const [from, all] = [this.page * ROWS, this.shown.length];
    const rows = this.shown.slice(from, from + ROWS);
    at("case-list").replaceChildren(...rows.map((n) => this.row(n)));
    const total = this.all.length;
    at("case-count").textContent =
      all === total ? `${number(total)} cases` : `${number(all)} of ${number(total)} cases`;
    const pages = document.querySelector("#cases .case-pages");
    pages.hidden = all <= ROWS;
    pages.querySelector("span").textContent =
      `${number(from + 1)} to ${number(from + rows.length)} of ${number(all)}`;
    at("page-back").disabled = from === 0;
    at("page-on").disabled = from + ROWS >= all;
  }

  row(n) {
    const { index } = this;
    const models = [...new Set(this.models)];
    const [task, id] = [index.tasks[index.task_of[n]], index.ids[n]];
    const several = index.models.length > 1;
    const cells = models.map((model) =>
      make("td", { "data-model": several && visible(index.models[model].name) }, this.outcome(model, n)),
    );
    const tags = index.tags[index.tags_of[n]];
    const slices = index.tags.some((set) => set.length > 0)
      ? make("td", { class: "slices" }, tags.join(", "))
      : null;
    const row = make(
      "tr",
      {
        "data-case": visible(`${task}/${id}`),
        "data-number": String(n),
        "aria-current": n === this.open && "true",
      },
      make("th", { scope: "row" }, make("a", { href: fragment(index, n) }, id)),
      make("td", { class: "muted" }, task),
      cells,
      slices,
    );
    return row;
  }

  outcome(model, n) {
    const fate = fateOf(this.index, model, n);
    if (fate === undefined) return make("span", { class: "muted" }, "no record");
    const [asked, right] = [this.index.asked, this.index.right].map((column) => column?.[model][n]);
    const share = asked > 1 && make("span", { class: "muted" }, ` ${right} of ${asked} right`);
    return [fateMark(this.index, fate), share];
  }

  async search() {
    const words = at("case-search").value.trim();
    const asked = ++this.asked;
    if (words !== "") at("case-count").textContent = "Searching…";
    try {
      const found = words === "" ? null : await this.source.search(words, this.index);
      if (asked !== this.asked) return;
      if (found === undefined) throw new Error("another page began a search: search again");
      this.found = found;
      this.filter();
    } catch (error) {
      if (asked === this.asked) failed(error);
    }
  }

  /** Opens a case: its row is shown as the current one, and its content below the list. */
  async show(n) {
    this.open = n;
    const place = this.shown.indexOf(n);
    if (place >= 0) this.page = Math.floor(place / ROWS);
    this.draw();
    const row = document.querySelector(`#case-list [data-number="${n}"]`);
    const box = document.querySelector("#cases .case-box");
    if (row) box.scrollTop = row.offsetTop - (box.clientHeight - row.offsetHeight) / 2;
    const [block, slot] = whereabouts(this.index, n);
    const opened = await this.source.block(block).catch(failed);
    if (!opened || this.open !== n) return;
    showCase(at("case"), this.index, opened, slot, [...new Set(this.models)]);
    at("case").hidden = false;
    at("case").focus({ preventScroll: true });
    const { top } = at("case").getBoundingClientRect();
    if (top < 0 || top > window.innerHeight * 0.6)
      at("case").scrollIntoView({ block: "start", behavior: "instant" });
  }

  close() {
    const n = this.open;
    this.open = null;
    at("case").hidden = true;
    this.draw();
    const link = document.querySelector(`#case-list [data-number="${n}"] a`);
    (link ?? document.querySelector("#cases .case-box")).focus();
  }

  /** The case before or after the open one in the list. */
  step(by) {
    const place = this.shown.indexOf(this.open);
    const next = this.shown[this.open === null || place < 0 ? 0 : place + by];
    if (next === undefined) return;
    if (this.open === null) history.pushState(null, "", fragment(this.index, next));
    else history.replaceState(null, "", fragment(this.index, next));
    this.show(next);
  }

  /** Follows the address: `#case=TASK/ID` opens a case, `#case=TASK/ID/2` the second of that id, anything else closes it. */
  route() {
    const wanted = /^#case=([^/]*)\/(.*)$/.exec(location.hash);
    if (!wanted) {
      if (this.open !== null) this.close();
      return;
    }
    // A slash of an id is escaped in an address; one that was written by hand is taken as well.
    const [, rest, nth] = /^([^/]*)\/(\d+)$/.exec(wanted[2]) ?? [null, wanted[2], 1];
    const [task, id] = [wanted[1], rest].map(decoded);
    const { ids, tasks, task_of: taskOf, nth: nthOf } = this.index;
    const isNth = (place) => (nthOf[place] ?? 1) === Number(nth);
    const n = this.all.find((place) => ids[place] === id && tasks[taskOf[place]] === task && isNth(place));
    if (n !== undefined) return this.show(n);
    this.open = null;
    at("case").replaceChildren(make("p", {}, "This case is not among those that the page carries."));
    at("case").hidden = false;
    at("case").focus();
  }

  listen() {
    let waiting;
    at("case-search").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.search(), 300);
    });
    at("case-search").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.shown.length > 0) location.hash = fragment(this.index, this.shown[0]);
      // The next j or k is for the list again.
      if (event.key === "Escape") event.target.blur();
    });
    for (const id of ["filter-task", "filter-slice", "filter-outcome"])
      at(id).addEventListener("change", () => this.filter());
    for (const [id, by] of [
      ["page-back", -1],
      ["page-on", 1],
    ]) {
      at(id).addEventListener("click", () => {
        this.page += by;
        this.draw();
        document.querySelector("#cases .case-box").scrollTop = 0;
      });
    }
    at("case-list").addEventListener("click", (event) => {
      if (!event.target.closest("a")) event.target.closest("tr")?.querySelector("a").click();
    });
    at("case").addEventListener("click", (event) => {
      const by = event.target.closest("[data-step]")?.dataset.step;
      if (by === "0") this.leave();
      else if (by) this.step(Number(by));
    });
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => this.route());
  }

  leave() {
    if (this.open === null) return;
    history.pushState(null, "", "#cases");
    this.close();
  }

  key(event) {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !typing) return this.leave();
    if (typing || !at("case-keys").checked) return;
    if (event.key === "j") this.step(1);
    else if (event.key === "k") this.step(-1);
    else if (event.key === "/") {
      at("case-search").focus();
      at("case-search").select();
    } else return;
    event.preventDefault();
  }
}

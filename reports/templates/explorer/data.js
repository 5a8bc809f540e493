// Where the cases come from: packed into this page, or served beside it.

/** A number that JavaScript would write otherwise, such as 1.0 or one of twenty digits: as it was written. */
class Written {
  constructor(source) {
    this.source = source;
  }
}

/** JSON whose numbers keep the form that they were written in. */
function parsed(text) {
  return JSON.parse(text, (_, value, context) => {
    const source = typeof value === "number" ? context?.source : undefined;
    return source === undefined || source === String(value) ? value : new Written(source);
  });
}

/** The text of an element that holds it deflated, in base64. */
async function unpacked(template) {
  const bytes = Uint8Array.from(atob(template.content.textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

/** The files are no longer those that the index was made of. */
class Changed extends Error {
  message = "The run has changed: load the page again.";
}

async function fetched(address) {
  const response = await fetch(address);
  if (response.status === 409) throw new Changed();
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return response.text();
}

/** Cases that the page carries. */
function carriedCases(template) {
  const blocks = [...document.querySelectorAll("template.case-block")];
  // To look through all of them the form of numbers is nothing, and keeping it takes time.
  const read = remembered(async (number) => JSON.parse(await unpacked(blocks[number])), blocks.length);
  return {
    index: async () => JSON.parse(await unpacked(template)),
    block: remembered(async (number) => parsed(await unpacked(blocks[number])), 20),
    /** The numbers of the cases that hold each of these words. */
    async search(words, index) {
      const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
      const found = [];
      const opened = await Promise.all(blocks.map((_, number) => read(number)));
      for (let number = 0; number < index.ids.length; number++) {
        const [block, slot] = whereabouts(index, number);
        if (holds(opened[block], slot, wanted)) found.push(number);
      }
      return found;
    },
  };
}

/** Cases that the page asks for, each time those that its index is of. */
function servedCases() {
  let version;
  const ask = (place, more = "") => fetched(`cases/${place}?version=${version}${more}`);
  return {
    async index() {
      const index = JSON.parse(await fetched("cases/index.json"));
      version = index.version;
      return index;
    },
    block: remembered(async (number) => parsed(await ask(`blocks/${number}.json`)), 20),
    /** `undefined` where a newer search took the place of this one. */
    async search(words) {
      const found = await ask("search", `&q=${encodeURIComponent(words)}`);
      return found === "" ? undefined : JSON.parse(found);
    },
  };
}

/** Reads each block once, and forgets the oldest of many. */
function remembered(read, most) {
  const known = new Map();
  return (number) => {
    if (!known.has(number)) {
      if (known.size >= most) known.delete(known.keys().next().value);
      known.set(number, read(number));
      // What failed is tried again.
      known.get(number).catch(() => known.delete(number));
    }
    return known.get(number);
  };
}

/** The block of a case, and its place there. */
function whereabouts(index, number) {
  if (index.block) return [index.block[number], index.slot[number]];
  return [Math.floor(number / index.block_size), number % index.block_size];
}

/** Whether a case holds all words, wherever each of them is. The instruction that cases share is not looked at. */
function holds(block, slot, wanted) {
  const missing = new Set(wanted);
  for (const text of wordsOf(block, block.cases[slot])) {
    const small = text.toLowerCase();
    for (const word of missing) if (small.includes(word)) missing.delete(word);
    if (missing.size === 0) return true;
  }
  return false;
}

function* wordsOf(block, shown) {
  yield shown.case;
  const prompts = [shown.prompt, ...shown.answers.map((answer) => answer.prompt)];
  for (const [role, number] of prompts.flatMap((turns) => turns ?? [])) {
    if (role !== "system") yield block.texts[number];
  }
  if (shown.expected !== undefined) yield plain(shown.expected);
  for (const answer of shown.answers) {
    yield answer.text ?? "";
    yield answer.reasoning ?? "";
    yield answer.note ?? "";
    yield answer.error ?? "";
    yield plain(answer.calls ?? []);
    yield plain(answer.steps ?? []);
  }
}

/** A text as it is, anything else as JSON. */
function plain(value) {
  return typeof value === "string" ? value : code(value);
}

/** JSON, with numbers as they were written. */
function code(value) {
  if (value instanceof Written) return value.source;
  if (Array.isArray(value)) return `[${value.map(code).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${code(item)}`)
    .join(", ")}}`;
}

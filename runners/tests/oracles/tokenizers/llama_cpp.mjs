// Compares a fixture with llama.cpp: node llama_cpp.mjs MODEL.gguf FIXTURE.json (node-llama-cpp lies in the working folder)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const installed = createRequire(path.resolve("package.json")).resolve("node-llama-cpp");
const { getLlama } = await import(pathToFileURL(installed));
const [file, fixture] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: "disabled" });
const model = await llama.loadModel({ modelPath: file, vocabOnly: true, gpuLayers: 0 });
const { cases, with_specials: withSpecials } = JSON.parse(readFileSync(fixture));

const differs = (specials) => ({ text, ids }) => {
    const theirs = model.tokenize(text, specials).map(Number);
    if (theirs.join() === ids.join()) return false;
    console.log(`  ${JSON.stringify(text).slice(0, 60)} ours ${ids.slice(0, 12)} theirs ${theirs.slice(0, 12)}`);
    return true;
};
const wrong = cases.filter(differs(false)).length + withSpecials.filter(differs(true)).length;
console.log(`${path.basename(fixture)}: ${cases.length + withSpecials.length} texts, ${wrong} differ`);
process.exit(0);

// node greedy.mjs MODEL.gguf OUT.json: llama.cpp's greedy answers to prompts.json.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { engine, installed, sha256 } from "./engine.mjs";

const [file, out] = process.argv.slice(2);
const limit = 32;
const { Template } = await import(pathToFileURL(installed.resolve("@huggingface/jinja")));
const prompts = JSON.parse(readFileSync(new URL("prompts.json", import.meta.url)));
const { model, greedy, version, release, close } = await engine(file, { kvType: "F32" });
const template = new Template(model.fileInfo.metadata.tokenizer.chat_template);
const eos = model.tokens.eos;

const entries = [];
for (const { name, messages } of prompts) {
    const prompt = template.render({ messages, add_generation_prompt: true });
    const ids = model.tokenize(prompt, true);
    const { output, top5, finish } = await greedy(ids, limit, eos);
    entries.push({
        name, messages, prompt, prompt_ids: ids, output_ids: output, output_text: model.detokenize(output, true),
        finish_reason: finish, first_token_top5: top5,
    });
}

const header = {
    engine: "llama.cpp", version: `node-llama-cpp ${version}, llama.cpp ${release}, CPU, f32 cache`,
    file: path.basename(file), sha256: await sha256(file),
    decoding: `greedy, no penalty, at most ${limit} tokens, ended before id ${eos}`,
};
const line = (value) => JSON.stringify(value);
writeFileSync(out, `{\n${Object.entries(header).map(([key, value]) => `  ${line(key)}: ${line(value)},\n`).join("")}`
    + `  "prompts": [\n${entries.map((entry) => `    ${line(entry)}`).join(",\n")}\n  ]\n}\n`);
await close();

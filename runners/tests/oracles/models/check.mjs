// node check.mjs MODEL.gguf…: how far llama.cpp's logits lie from those in the JSON file beside each tiny model.
import { readFileSync } from "node:fs";
import { engine } from "./engine.mjs";

for (const file of process.argv.slice(2)) {
    const { prompts } = JSON.parse(readFileSync(file.replace(/gguf$/, "json")));
    const { logits, greedy, close } = await engine(file, { threads: 1, kvType: "F32" });
    for (const [name, prompt] of Object.entries(prompts)) {
        const last = prompt.ids.length - 1;
        const at = prompt.logits_mid ? [9, last] : [last];
        const rows = await logits(prompt.ids, at);
        const expected = prompt.logits_mid ? [prompt.logits_mid, prompt.logits] : [prompt.logits];
        const apart = Math.max(...rows.flatMap((row, i) => row.map((value, id) => Math.abs(value - expected[i][id]))));
        const { output } = await greedy(prompt.ids, prompt.greedy.length);
        const same = output.findIndex((id, i) => id !== prompt.greedy[i]);
        console.log(file.split("/").pop(), name, `logits apart by ${apart.toExponential(1)};`,
            same < 0 ? "greedy ids agree" : `greedy ids part at ${same}`);
    }
    await close();
}

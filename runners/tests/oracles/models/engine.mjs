// llama.cpp through node-llama-cpp: a model file in, greedy tokens and logits out.
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

// The packages lie in the folder that the command runs in, not beside this file.
export const installed = createRequire(path.resolve("package.json"));
const nodeLlamaCpp = installed.resolve("node-llama-cpp");
const { getLlama } = await import(pathToFileURL(nodeLlamaCpp));

export async function engine(file, { threads = 2, kvType = "F16" } = {}) {
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, maxThreads: threads });
    const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
    const context = await model.createContext({
        contextSize: 1024, batchSize: 1024, threads, flashAttention: false,
        experimentalKvCacheKeyType: kvType, experimentalKvCacheValueType: kvType,
    });
    const sequence = context.getSequence();

    const evaluate = async (ids, at, ask) => {
        const want = { generateNext: { ...ask, options: { temperature: 0 } } };
        const out = await sequence.controlledEvaluate(ids.map((id, i) => (at.includes(i) ? [id, want] : id)));
        return at.map((i) => out[i].next);
    };

    /** The logits at the positions `at` of `ids`, each an array over the vocabulary. */
    const logits = async (ids, at) => {
        await sequence.clearHistory();
        const answers = await evaluate(ids, at, { logits: true });
        return answers.map((answer) => [...answer.logits].sort((a, b) => a[0] - b[0]).map(([, value]) => value));
    };

    /** Up to `limit` greedy ids after `ids`, ended before `stop`, and the first one's five best `[id, logprob]`. */
    const greedy = async (ids, limit, stop = null) => {
        await sequence.clearHistory();
        const ask = { token: true, totalLogitWeight: true, logits: { filter: { tokens: [], includeTop: 5 } } };
        const [first] = await evaluate(ids, [ids.length - 1], ask);
        const best = [...first.logits].sort((a, b) => b[1] - a[1]);
        const total = best[0][1] + Math.log(first.totalLogitWeight);
        const top5 = best.slice(0, 5).map(([id, value]) => [id, Number((value - total).toFixed(3))]);
        const output = [];
        for (let next = first.token; ; [{ token: next }] = await evaluate([next], [0], { token: true })) {
            if (next === stop || next === null) return { output, top5, finish: "stop" };
            output.push(next);
            if (output.length === limit) return { output, top5, finish: "length" };
        }
    };

    const version = JSON.parse(readFileSync(path.join(path.dirname(nodeLlamaCpp), "../package.json"))).version;
    const release = JSON.parse(readFileSync(path.join(path.dirname(nodeLlamaCpp), "../llama/binariesGithubRelease.json"))).release;
    return { model, logits, greedy, version, release, close: () => llama.dispose() };
}

export async function sha256(file) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk);
    return hash.digest("hex");
}

"""python thinking.py FIXTURES: tiny DeepSeek-R1 distills, whose chat template opens their thinking, one as a GGUF file and
one as a folder, and what transformers makes of a prompt: its ids, the thinking and the answer."""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

import folders
import tiny
from tiny import MODEL_ARCH, Tiny, plain_rope

END, USER, ASSISTANT, BEGIN = (f"<\uff5c{words}\uff5c>" for words in
                               ("end\u2581of\u2581sentence", "User", "Assistant", "begin\u2581of\u2581sentence"))
SPECIALS = [END, USER, ASSISTANT, BEGIN, "<think>", "</think>"]
# As published: these are matched in any text.
NOT_SPECIAL = [USER, ASSISTANT, "<think>", "</think>"]
TEMPLATE = Path(__file__).parent.parent / "chat_templates" / "deepseek-r1-distill.jinja"
MESSAGES = [{"role": "system", "content": "Sort this."}, {"role": "user", "content": "the inner ring"}]
LENGTH = 12
SMALL = dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48, num_hidden_layers=1,
             tie_word_embeddings=False, vocab_size=tiny.FIRST_SPECIAL + len(SPECIALS))
DISTILLS = {
    "r1-qwen": Tiny("Qwen2", MODEL_ARCH.QWEN2, dict(SMALL, rope_parameters=plain_rope(10000.0)), pre="deepseek-r1-qwen"),
    "r1-llama": Tiny("Llama", MODEL_ARCH.LLAMA, dict(SMALL, rope_parameters=tiny.LLAMA3_ROPE), pre="llama-bpe"),
}


def tokenizer_of(name):
    tokens = tiny.byte_tokens() + ["".join(pair) for pair in tiny.MERGES]
    vocabulary = {token: id for id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, tiny.MERGES, ignore_merges=name == "r1-llama"))
    if name == "r1-qwen":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    for token in SPECIALS:
        add = tokenizer.add_tokens if token in NOT_SPECIAL else tokenizer.add_special_tokens
        add([AddedToken(token, special=token not in NOT_SPECIAL, normalized=False)])
    return tokenizer


def rendered(name):
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer_of(name), bos_token=BEGIN, eos_token=END)
    wrapped.chat_template = TEMPLATE.read_text()
    text = wrapped.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)
    return wrapped, wrapped(text, add_special_tokens=False)["input_ids"]


def search(name):
    """The first seed whose greedy answer thinks, stops thinking, and says something."""
    wrapped, ids = rendered(name)
    close = wrapped.convert_tokens_to_ids("</think>")
    for seed in range(1000):
        model = DISTILLS[name].make_model(DISTILLS[name].make_config())
        tiny.randomize(model, torch.Generator().manual_seed(seed))
        with torch.no_grad():
            model.lm_head.weight[close] *= 1.5
            for weight in model.parameters():
                weight.copy_(weight.bfloat16().float())
        output, lead = tiny.greedy(model, ids)
        text = wrapped.decode(output)
        thought, closed, said = text.partition("</think>")
        plain = all(token < tiny.FIRST_SPECIAL or token == close for token in output)
        # Python and Rust strip other blanks.
        bare = all(len(part) > 3 and part.isprintable() and part.strip() for part in (thought, said))
        if closed and plain and bare and lead > 0.02 and "</think>" not in said:
            return model, dict(input_tokens=len(ids), thinking=thought.strip(), answer=said.strip(), seed=seed)
    raise SystemExit("no seed serves")


def write_gguf(path, name, model):
    tiny.SPECIALS, tiny.VOCAB, tiny.CHAT_TEMPLATE = SPECIALS, SMALL["vocab_size"], TEMPLATE.read_text()
    tiny.USER_DEFINED, tiny.EOS = ["<think>", "</think>"], 0
    tiny.BOS = SPECIALS.index(BEGIN)
    tiny.write_gguf(path, name, DISTILLS[name], model)


def write_folder(folder, name, model):
    shutil.rmtree(folder, ignore_errors=True)
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer_of(name).save(str(folder / "tokenizer.json"), pretty=False)
    settings = dict(bos_token=BEGIN, eos_token=END, tokenizer_class="LlamaTokenizerFast", chat_template=TEMPLATE.read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (folder / "generation_config.json").unlink(missing_ok=True)


def main(fixtures):
    transformers.logging.set_verbosity_error()
    fixtures, found = Path(fixtures), {}
    for name in DISTILLS:
        model, found[name] = search(name)
        print(name, found[name])
        if name == "r1-qwen":
            write_gguf(fixtures / "models" / f"tiny-{name}.gguf", name, model)
        else:
            write_folder(fixtures / "folders" / name, name, model)
    body = {"reference": folders.engine("Qwen2ForCausalLM, Llama"), "models": found}
    (fixtures / "thinking.json").write_text(json.dumps(body, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

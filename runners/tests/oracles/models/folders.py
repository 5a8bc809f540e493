"""python folders.py OUT [NAME…]: tiny random models as folders of the model hub, and LoRA adapters for some of them,
with the logits that transformers, and PEFT's own merge, compute for them."""

import copy
import json
import shutil
import sys
from pathlib import Path

import peft
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

import tiny
from tiny import LLAMA3_ROPE, LONGROPE, YARN, Tiny, plain_rope

SMALL = dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48, num_hidden_layers=2)
GEMMA = dict(
    hidden_size=24, num_attention_heads=4, num_key_value_heads=2, head_dim=8, intermediate_size=32,
    query_pre_attn_scalar=16, sliding_window=8,
)
SMALL_LONGROPE = dict(LONGROPE, short_factor=[1.0, 1.1, 1.3], long_factor=[1.1, 2.5, 6.0])


def of(family, config, unlike=None, config_class="Config"):
    return Tiny(family, None, config=config, unlike=unlike or {}, config_class=config_class)


# name: (model, stored as, options of save_pretrained)
FOLDERS = {
    "llama": (of("Llama", dict(SMALL, tie_word_embeddings=False, rope_parameters=plain_rope(500000.0))),
              torch.bfloat16, dict(max_shard_size="30KB")),
    "llama3-rope": (of(
        "Llama", dict(SMALL, tie_word_embeddings=True, attention_bias=True, mlp_bias=True, rope_parameters=LLAMA3_ROPE),
        {"rope factors": dict(rope_parameters=plain_rope())}), torch.float16, {}),
    "llama-linear": (of(
        "Llama", dict(SMALL, num_hidden_layers=1, tie_word_embeddings=True,
                      rope_parameters=dict(rope_type="linear", rope_theta=10000.0, factor=4.0)),
        {"scaling": dict(rope_parameters=plain_rope())}), torch.float32, {}),
    "mistral": (of(
        "Mistral", dict(SMALL, num_attention_heads=6, num_key_value_heads=3, head_dim=8, tie_word_embeddings=False,
                        sliding_window=8, rope_parameters=plain_rope(1000000.0)),
        {"window": dict(sliding_window=None)}), torch.bfloat16, {}),
    "qwen2": (of(
        "Qwen2", dict(SMALL, num_hidden_layers=3, tie_word_embeddings=True, use_sliding_window=True, sliding_window=8,
                      max_window_layers=1, rope_parameters=plain_rope(1000000.0)),
        {"window": dict(use_sliding_window=False)}), torch.bfloat16, {}),
    "qwen3": (of("Qwen3", dict(SMALL, head_dim=16, tie_word_embeddings=True, rope_parameters=plain_rope(1000000.0))),
              torch.bfloat16, {}),
    "gemma": (of("Gemma", dict(SMALL, head_dim=16, rope_parameters=plain_rope())), torch.bfloat16, {}),
    "gemma2": (of(
        "Gemma2", dict(GEMMA, hidden_size=32, num_hidden_layers=4, rope_parameters=plain_rope(),
                       attn_logit_softcapping=5.0, final_logit_softcapping=10.0),
        {"window": dict(sliding_window=256), "attention softcap": dict(attn_logit_softcapping=None),
         "scale": dict(query_pre_attn_scalar=8)}), torch.bfloat16, {}),
    "gemma3": (of(
        "Gemma3", dict(GEMMA, num_hidden_layers=7, rope_parameters=dict(
            full_attention=dict(rope_type="linear", rope_theta=1000000.0, factor=8.0),
            sliding_attention=plain_rope(5000.0))),
        {"window": dict(sliding_window=256), "pattern": dict(layer_types=["sliding_attention"] * 7),
         "scale": dict(query_pre_attn_scalar=8)},
        config_class="TextConfig"), torch.bfloat16, {}),
    "phi3": (of(
        "Phi3", dict(SMALL, tie_word_embeddings=False, sliding_window=8, original_max_position_embeddings=256,
                     rope_parameters=plain_rope()),
        {"window": dict(sliding_window=None)}), torch.bfloat16, {}),
    "phi3-longrope": (of(
        "Phi3", dict(SMALL, tie_word_embeddings=True, sliding_window=None, original_max_position_embeddings=40,
                     rope_parameters=dict(SMALL_LONGROPE, original_max_position_embeddings=40)),
        {"short factors": dict(rope_parameters=dict(
            SMALL_LONGROPE, original_max_position_embeddings=40, short_factor=[1.0, 1.0, 1.0]))}),
        torch.bfloat16, {}),
    "smollm3": (of(
        "SmolLM3", dict(SMALL, num_hidden_layers=5, intermediate_size=32, tie_word_embeddings=True,
                        use_sliding_window=False, no_rope_layers=[1, 0, 1, 1, 0], rope_parameters=plain_rope(50000.0)),
        {"layers without rope": dict(no_rope_layers=[1] * 5)}), torch.bfloat16, {}),
    "phi3-partial": (of(
        "Phi3", dict(SMALL, tie_word_embeddings=True, sliding_window=None, original_max_position_embeddings=256,
                     rope_parameters=dict(plain_rope(), partial_rotary_factor=0.75)),
        {"partial rotation": dict(rope_parameters=plain_rope())}), torch.bfloat16, {}),
    "qwen2-yarn": (of(
        "Qwen2", dict(SMALL, hidden_size=48, num_attention_heads=3, num_key_value_heads=1, tie_word_embeddings=True,
                      rope_parameters=YARN),
        {"yarn": dict(rope_parameters=plain_rope()),
         "ramp": dict(rope_parameters=dict(YARN, beta_fast=32.0, beta_slow=1.0)),
         "attention factor": dict(rope_parameters=dict(YARN, attention_factor=1.0))}), torch.bfloat16, {}),
    "qwen3-yarn": (of(
        "Qwen3", dict(SMALL, head_dim=16, num_hidden_layers=1, tie_word_embeddings=True,
                      rope_parameters=dict(YARN, mscale=2.0, mscale_all_dim=0.5, truncate=False)),
        {"mscale": dict(rope_parameters=dict(YARN, truncate=False)),
         "truncate": dict(rope_parameters=dict(YARN, mscale=2.0, mscale_all_dim=0.5))}), torch.bfloat16, {}),
    "olmo2": (of(
        "Olmo2", dict(SMALL, tie_word_embeddings=False, rope_parameters=plain_rope(500000.0)),
        {"rope base": dict(rope_parameters=plain_rope())}), torch.bfloat16, {}),
    "starcoder2": (of(
        "Starcoder2", dict(SMALL, intermediate_size=64, tie_word_embeddings=True, sliding_window=8,
                           rope_parameters=plain_rope(100000.0)),
        {"window": dict(sliding_window=None)}), torch.bfloat16, {}),
    "mixtral": (of(
        "Mixtral", dict(SMALL, tie_word_embeddings=False, sliding_window=None, num_local_experts=4,
                        num_experts_per_tok=2, rope_parameters=plain_rope(1000000.0)),
        {"second expert": dict(num_experts_per_tok=1)}), torch.bfloat16, {}),
    "mixtral-stacked": (of(
        "Mixtral", dict(SMALL, num_hidden_layers=1, tie_word_embeddings=False, sliding_window=8, num_local_experts=3,
                        num_experts_per_tok=2, rope_parameters=plain_rope(1000000.0)),
        {"second expert": dict(num_experts_per_tok=1), "window": dict(sliding_window=None)}), torch.bfloat16,
        dict(save_original_format=False)),
    "qwen3-moe": (of(
        "Qwen3Moe", dict(SMALL, head_dim=16, moe_intermediate_size=24, tie_word_embeddings=False, num_experts=5,
                         num_experts_per_tok=2, norm_topk_prob=True, rope_parameters=plain_rope(1000000.0)),
        {"second expert": dict(num_experts_per_tok=1), "norm": dict(norm_topk_prob=False)}), torch.bfloat16, {}),
}

# Folders whose config.json is written as transformers 4 did, which is how most published ones are.
OLDER = ["llama3-rope", "llama-linear", "qwen2", "gemma2", "gemma3", "phi3-longrope", "smollm3", "phi3-partial", "qwen2-yarn",
         "mixtral"]

EVERY = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
# name: (folder or GGUF fixture, options of the adapter)
ADAPTERS = {
    "llama": ("llama", dict(r=4, lora_alpha=8, target_modules=EVERY + ["lm_head"])),
    "phi3-rslora": ("phi3", dict(r=4, lora_alpha=6, use_rslora=True,
                                 target_modules=["qkv_proj", "o_proj", "gate_up_proj", "down_proj"])),
    "gemma3-layers": ("gemma3", dict(r=2, lora_alpha=2, target_modules=["q_proj", "v_proj"], layers_to_transform=[1, 5])),
    "gguf-llama": ("tiny-llama.gguf", dict(r=4, lora_alpha=8, target_modules=EVERY)),
}


def older(config):
    """The keys of transformers 4."""
    config = copy.deepcopy(config)
    rope = config.pop("rope_parameters")
    config.pop("layer_types", None)
    if "full_attention" in rope:
        config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
        config["sliding_window_pattern"] = 6
    config["rope_theta"] = rope.pop("rope_theta")
    if "partial_rotary_factor" in rope:
        config["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    config["rope_scaling"] = rope if rope["rope_type"] != "default" else None
    if rope["rope_type"] == "longrope":
        rope.pop("original_max_position_embeddings", None)
        rope["type"] = rope.pop("rope_type")
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.46.0"
    return config


def write_tokenizer(folder):
    tokens = tiny.byte_tokens() + ["".join(pair) for pair in tiny.MERGES]
    tokenizer = Tokenizer(models.BPE({token: id for id, token in enumerate(tokens)}, tiny.MERGES))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in tiny.SPECIALS])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    settings = dict(bos_token="<|endoftext|>", eos_token="<|im_end|>", pad_token="<|endoftext|>",
                    tokenizer_class="PreTrainedTokenizerFast")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    (folder / "chat_template.jinja").write_text(tiny.CHAT_TEMPLATE)


def prompts_of(prompts):
    return {
        name: {
            "ids": values["ids"],
            "logits": tiny.rounded(values["rows"][-1]),
            "logits_mid": tiny.rounded(values["rows"][tiny.MID]) if len(values["ids"]) > tiny.MID else None,
            "greedy": values["greedy"],
        }
        for name, values in prompts.items()
    }


def write_reference(path, made, prompts):
    body = {"reference": made, "prompts": prompts_of(prompts)}
    path.write_text(json.dumps(body).replace('"prompts"', '\n"prompts"').replace('"long": {', '\n"long": {') + "\n")


def engine(family):
    return f"transformers {transformers.__version__} ({family}ForCausalLM, eager, f32), torch {torch.__version__.split('+')[0]}"


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def write_folder(out, name):
    model_of, stored, options = FOLDERS[name]
    model, prompts, seed = tiny.reference(model_of, stored)
    print(f"{name}: seed {seed}")
    tiny.check_dependence(model_of, model, prompts)
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    copy.deepcopy(model).to(stored).save_pretrained(folder, **options)
    if name in OLDER:
        path = folder / "config.json"
        path.write_text(json.dumps(older(json.loads(path.read_text())), indent=2) + "\n")
    for values in prompts.values():
        again = tiny.logits(load(folder), values["ids"])
        assert (again - values["rows"]).abs().max() < 1e-4, "the folder as written is not the model"
    if name == "llama":
        write_tokenizer(folder)
        (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [266, 269]}) + "\n")
        (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n\nRandom weights.\n")
    else:
        (folder / "generation_config.json").unlink(missing_ok=True)
    write_reference(out / f"{name}.json", f"{engine(model_of.family)}, seed {seed}, stored as {stored}", prompts)


def base_of(out, base):
    if not base.endswith(".gguf"):
        return load(out / base), FOLDERS[base][0].family
    # The weights of the GGUF fixture, made anew from its seed.
    made = json.loads((out.parent / "models" / base.replace(".gguf", ".json")).read_text())
    tiny_of = tiny.TINY[base.removeprefix("tiny-").removesuffix(".gguf")]
    model = tiny_of.make_model(tiny_of.make_config())
    tiny.randomize(model, torch.Generator().manual_seed(int(made["reference"].split("seed ")[1])))
    for values in made["prompts"].values():
        off = (tiny.logits(model, values["ids"])[-1] - torch.tensor(values["logits"])).abs().max()
        assert off < 1e-4, "another model than the fixture's"
    return model, tiny_of.family


def write_adapter(out, name):
    base, options = ADAPTERS[name]
    for seed in range(1000):
        generator = torch.Generator().manual_seed(seed)
        model, family = base_of(out, base)
        without = copy.deepcopy(model)
        # As a person's own base would be named.
        model.config._name_or_path = model.name_or_path = f"tiny/{base.removesuffix('.gguf')}"
        adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **options))
        with torch.no_grad():
            for part, weight in adapted.named_parameters():
                if "lora_" in part:
                    weight.copy_(0.4 / weight.shape[-1] ** 0.5 * torch.randn(weight.shape, generator=generator))
        folder = out / "adapters" / name
        shutil.rmtree(folder, ignore_errors=True)
        # Else PEFT adds a copy of the output matrix to what it learned of it.
        adapted.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
        merged, prompts, least = adapted.merge_and_unload(), {}, 1.0
        for prompt, length in tiny.PROMPTS.items():
            ids = torch.randint(0, tiny.FIRST_SPECIAL, (length,), generator=generator).tolist()
            output, lead = tiny.greedy(merged, ids)
            rows = tiny.logits(merged, ids)
            moved = (rows[-1] - tiny.logits(without, ids)[-1]).abs().max().item()
            least = min(least, lead, moved)
            prompts[prompt] = dict(ids=ids, rows=rows, greedy=output)
        if least > 0.02:
            break
    print(f"adapter {name}: seed {seed}, moves the logits by {moved:.2f}")
    write_reference(out / "adapters" / f"{name}.json", f"{engine(family)}, peft {peft.__version__} merged, seed {seed}", prompts)


def main(out, *names):
    transformers.logging.set_verbosity_error()
    out = Path(out)
    (out / "adapters").mkdir(parents=True, exist_ok=True)
    for name in names or FOLDERS:
        if name in FOLDERS:
            write_folder(out, name)
    for name in names or ADAPTERS:
        if name in ADAPTERS:
            write_adapter(out, name)


if __name__ == "__main__":
    main(*sys.argv[1:])

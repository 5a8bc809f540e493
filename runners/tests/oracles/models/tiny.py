"""python tiny.py OUT [NAME…]: tiny random models as GGUF files, with the logits that transformers computes for them."""

import copy
import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import torch
import transformers
from gguf import MODEL_ARCH, GGUFWriter, RopeScalingType, TokenType

VOCAB = 320
BYTES = 256
MERGES = [("h", "e"), ("Ġ", "t"), ("Ġt", "he"), ("i", "n"), ("e", "r"), ("Ġ", "a"), ("o", "n"), ("in", "g")]
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<unk>", "<s>", "</s>"]  # the last: llama.cpp wants it of a phi3
FIRST_SPECIAL = BYTES + len(MERGES)
USER_DEFINED, BOS, EOS = [], 0, 2  # of the specials
PROMPTS = {"short": 5, "long": 24}
MID = 9
GREEDY = 12
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

COMMON = dict(vocab_size=VOCAB, max_position_embeddings=256, bos_token_id=None, eos_token_id=None, pad_token_id=None)
ATTENTION = dict(hidden_size=64, num_attention_heads=4, num_key_value_heads=2)
GEMMA = dict(
    hidden_size=32, num_attention_heads=4, num_key_value_heads=2, head_dim=16, intermediate_size=64,
    query_pre_attn_scalar=16, sliding_window=8,
)
LLAMA3_ROPE = dict(
    rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=64,
)
LONGROPE = dict(
    rope_type="longrope", rope_theta=10000.0, partial_rotary_factor=0.75, original_max_position_embeddings=20,
    short_factor=[1.0, 1.05, 1.1, 1.3, 1.4, 1.6], long_factor=[1.1, 1.5, 2.5, 4.0, 6.0, 9.0],
)


YARN = dict(
    rope_type="yarn", rope_theta=10000.0, factor=4.0, beta_fast=2.0, beta_slow=0.2, original_max_position_embeddings=64,
)


def plain_rope(theta=10000.0):
    return dict(rope_type="default", rope_theta=theta)


@dataclass
class Tiny:
    family: str                 # the class prefix in transformers
    arch: MODEL_ARCH
    config: dict
    pre: str = "gpt-2"
    unlike: dict = field(default_factory=dict)  # what the logits must depend on: a name and the configuration without it
    config_class: str = "Config"

    def make_config(self, **change):
        values = copy.deepcopy({**COMMON, **self.config, **change})
        return getattr(transformers, self.family + self.config_class)(**values, attn_implementation="eager")

    def make_model(self, config):
        return getattr(transformers, self.family + "ForCausalLM")(config).eval().float()


TINY = {
    "llama": Tiny(
        "Llama", MODEL_ARCH.LLAMA, pre="llama-bpe",
        config=dict(ATTENTION, intermediate_size=96, num_hidden_layers=2, tie_word_embeddings=False,
                    rope_parameters=plain_rope(500000.0)),
        unlike={"rope base": dict(rope_parameters=plain_rope())}),
    "llama3-rope": Tiny(
        "Llama", MODEL_ARCH.LLAMA, pre="llama-bpe",
        config=dict(ATTENTION, intermediate_size=96, num_hidden_layers=2, tie_word_embeddings=True,
                    rope_parameters=LLAMA3_ROPE),
        unlike={"rope factors": dict(rope_parameters=plain_rope())}),
    "mistral": Tiny(
        "Mistral", MODEL_ARCH.LLAMA,
        config=dict(hidden_size=64, num_attention_heads=6, num_key_value_heads=3, head_dim=16, intermediate_size=96,
                    num_hidden_layers=2, tie_word_embeddings=False, sliding_window=None,
                    rope_parameters=plain_rope(1000000.0)),
        unlike={"rope base": dict(rope_parameters=plain_rope())}),
    "qwen2": Tiny(
        "Qwen2", MODEL_ARCH.QWEN2, pre="qwen2",
        config=dict(ATTENTION, intermediate_size=96, num_hidden_layers=2, tie_word_embeddings=True,
                    rope_parameters=plain_rope(1000000.0)),
        unlike={"rope base": dict(rope_parameters=plain_rope())}),
    "qwen3": Tiny(
        "Qwen3", MODEL_ARCH.QWEN3, pre="qwen2",
        config=dict(ATTENTION, head_dim=32, intermediate_size=96, num_hidden_layers=2, tie_word_embeddings=True,
                    rope_parameters=plain_rope(1000000.0)),
        unlike={"rope base": dict(rope_parameters=plain_rope())}),
    "phi3": Tiny(
        "Phi3", MODEL_ARCH.PHI3,
        config=dict(ATTENTION, intermediate_size=96, num_hidden_layers=2, tie_word_embeddings=False, sliding_window=8,
                    original_max_position_embeddings=256, rope_parameters=plain_rope()),
        unlike={"window": dict(sliding_window=None)}),
    "phi3-longrope": Tiny(
        "Phi3", MODEL_ARCH.PHI3,
        config=dict(ATTENTION, intermediate_size=96, num_hidden_layers=2, tie_word_embeddings=True, sliding_window=None,
                    original_max_position_embeddings=20, rope_parameters=LONGROPE),
        unlike={"long factors": dict(rope_parameters=dict(LONGROPE, long_factor=LONGROPE["short_factor"])),
                "attention factor": dict(rope_parameters=dict(LONGROPE, attention_factor=1.0)),
                "partial rotation": dict(rope_parameters=dict(
                    LONGROPE, partial_rotary_factor=1.0, long_factor=LONGROPE["long_factor"] + [9.0, 9.0],
                    short_factor=LONGROPE["short_factor"] + [2.0, 2.0]))}),
    "gemma2": Tiny(
        "Gemma2", MODEL_ARCH.GEMMA2,
        config=dict(GEMMA, num_hidden_layers=4, rope_parameters=plain_rope(), attn_logit_softcapping=5.0,
                    final_logit_softcapping=4.0),
        unlike={"window": dict(sliding_window=256), "attention softcap": dict(attn_logit_softcapping=None),
                "final softcap": dict(final_logit_softcapping=None)}),
    "gemma3": Tiny(
        "Gemma3", MODEL_ARCH.GEMMA3, config_class="TextConfig",
        config=dict(GEMMA, num_hidden_layers=7, rope_parameters=dict(
            full_attention=plain_rope(1000000.0), sliding_attention=plain_rope())),
        unlike={"window": dict(sliding_window=256),
                "pattern": dict(layer_types=["sliding_attention"] * 7),
                "global rope base": dict(rope_parameters=dict(
                    full_attention=plain_rope(), sliding_attention=plain_rope())),
                "local rope base": dict(rope_parameters=dict(
                    full_attention=plain_rope(1000000.0), sliding_attention=plain_rope(1000000.0)))}),
    "gemma3-linear": Tiny(
        "Gemma3", MODEL_ARCH.GEMMA3, config_class="TextConfig",
        config=dict(GEMMA, num_hidden_layers=6, rope_parameters=dict(
            full_attention=dict(rope_type="linear", rope_theta=1000000.0, factor=8.0),
            sliding_attention=plain_rope(5000.0))),
        unlike={"scaling": dict(rope_parameters=dict(
                    full_attention=plain_rope(1000000.0), sliding_attention=plain_rope(5000.0))),
                "local rope base": dict(rope_parameters=dict(
                    full_attention=dict(rope_type="linear", rope_theta=1000000.0, factor=8.0),
                    sliding_attention=plain_rope()))}),
    "smollm3": Tiny(
        "SmolLM3", MODEL_ARCH.SMOLLM3, pre="llama-bpe",
        config=dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, intermediate_size=64,
                    num_hidden_layers=5, tie_word_embeddings=True, use_sliding_window=False,
                    rope_parameters=plain_rope(50000.0)),
        unlike={"layers without rope": dict(no_rope_layers=[1] * 5)}),
    "qwen2-yarn": Tiny(
        "Qwen2", MODEL_ARCH.QWEN2, pre="qwen2",
        config=dict(hidden_size=48, num_attention_heads=3, num_key_value_heads=1, intermediate_size=64,
                    num_hidden_layers=2, tie_word_embeddings=True, rope_parameters=YARN),
        unlike={"yarn": dict(rope_parameters=plain_rope()),
                "ramp": dict(rope_parameters=dict(YARN, beta_fast=32.0, beta_slow=1.0)),
                "attention factor": dict(rope_parameters=dict(YARN, attention_factor=1.0))}),
    "olmo2": Tiny(
        "Olmo2", MODEL_ARCH.OLMO2, pre="dbrx",
        config=dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, intermediate_size=64,
                    num_hidden_layers=2, tie_word_embeddings=False, rope_parameters=plain_rope(500000.0)),
        unlike={"rope base": dict(rope_parameters=plain_rope())}),
    "starcoder2": Tiny(
        "Starcoder2", MODEL_ARCH.STARCODER2, pre="starcoder",
        config=dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, intermediate_size=96,
                    num_hidden_layers=2, tie_word_embeddings=True, sliding_window=None,
                    rope_parameters=plain_rope(100000.0)),
        unlike={"rope base": dict(rope_parameters=plain_rope()), "tanh": dict(hidden_act="relu")}),
    "mixtral": Tiny(
        "Mixtral", MODEL_ARCH.LLAMA,
        config=dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
                    num_hidden_layers=2, tie_word_embeddings=False, sliding_window=None, num_local_experts=4,
                    num_experts_per_tok=2, rope_parameters=plain_rope(1000000.0)),
        unlike={"second expert": dict(num_experts_per_tok=1)}),
    "qwen3moe": Tiny(
        "Qwen3Moe", MODEL_ARCH.QWEN3MOE, pre="qwen2",
        config=dict(hidden_size=32, num_attention_heads=4, num_key_value_heads=2, head_dim=16, intermediate_size=96,
                    moe_intermediate_size=24, num_hidden_layers=2, tie_word_embeddings=False, num_experts=8,
                    num_experts_per_tok=2, norm_topk_prob=True, rope_parameters=plain_rope(1000000.0)),
        unlike={"second expert": dict(num_experts_per_tok=1), "norm": dict(norm_topk_prob=False)}),
}


def randomize(model, generator):
    """Weights large enough that attention is far from uniform, and norms and biases far from neutral."""
    gemma = model.config.model_type.startswith("gemma")  # scales its embeddings and stores norms less one
    embedding = (0.7 if gemma else 2.0) / math.sqrt(model.config.hidden_size)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if gemma and name == "model.norm.weight":
                weight.copy_(0.3 * noise + 2.0)
            elif name.endswith("norm.weight"):
                weight.copy_(0.3 * noise + (0.0 if gemma else 1.0))
            elif name.endswith(".bias"):
                weight.copy_(0.3 * noise)
            elif "embed_tokens" in name or "lm_head" in name:
                weight.copy_(embedding * noise)
            else:
                weight.copy_(1.5 / math.sqrt(weight.shape[-1]) * noise)


@torch.no_grad()
def logits(model, ids):
    return model(torch.tensor([ids]), use_cache=False).logits[0].float()


def greedy(model, ids):
    """Each step runs the whole sequence anew; also the smallest lead of a step's best id over its second."""
    ids, lead = list(ids), math.inf
    start = len(ids)
    for _ in range(GREEDY):
        best = logits(model, ids)[-1].topk(2)
        lead = min(lead, (best.values[0] - best.values[1]).item())
        ids.append(best.indices[0].item())
    return ids[start:], lead


def reference(tiny, stored=torch.float32):
    """The first seed whose greedy ids are safe from rounding and hold no special; weights are rounded as `stored`."""
    for seed in range(1000):
        generator = torch.Generator().manual_seed(seed)
        model = tiny.make_model(tiny.make_config())
        randomize(model, generator)
        with torch.no_grad():
            for weight in model.parameters():
                weight.copy_(weight.to(stored).float())
        prompts, least = {}, math.inf
        for name, length in PROMPTS.items():
            ids = torch.randint(0, FIRST_SPECIAL, (length,), generator=generator).tolist()
            output, lead = greedy(model, ids)
            least = min(least, lead)
            if least < 0.02 or max(output) >= FIRST_SPECIAL or len(set(output)) < 6:
                break
            prompts[name] = dict(ids=ids, rows=logits(model, ids), greedy=output)
        else:
            return model, prompts, seed
    raise SystemExit("no seed serves")


def check_dependence(tiny, model, prompts):
    """A fixture that would not notice a missing mechanism is refused."""
    ids, rows = prompts["long"]["ids"], prompts["long"]["rows"]
    for what, change in tiny.unlike.items():
        other = tiny.make_model(tiny.make_config(**change))
        other.load_state_dict(model.state_dict())
        difference = (logits(other, ids)[-1] - rows[-1]).abs().max().item()
        print(f"    without {what}: logits differ by up to {difference:.2f}")
        if difference < 0.1:
            raise SystemExit(f"the logits do not depend on {what}")


def byte_tokens():
    """GPT-2's printable stand-ins for the 256 bytes."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(BYTES) if byte not in shown]
    return [chr(byte) for byte in shown] + [chr(BYTES + n) for n in range(len(hidden))]


def write_tokenizer(writer, pre):
    tokens = byte_tokens() + ["".join(pair) for pair in MERGES] + SPECIALS
    types = [TokenType.NORMAL] * FIRST_SPECIAL
    types += [TokenType.USER_DEFINED if token in USER_DEFINED else TokenType.CONTROL for token in SPECIALS]
    while len(tokens) < VOCAB:
        tokens.append(f"[PAD{len(tokens)}]")
        types.append(TokenType.UNUSED)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(pair) for pair in MERGES])
    writer.add_bos_token_id(FIRST_SPECIAL + BOS)
    writer.add_eos_token_id(FIRST_SPECIAL + EOS)
    writer.add_pad_token_id(FIRST_SPECIAL)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def write_parameters(writer, tiny, config):
    """The keys that llama.cpp's converter writes for the architecture."""
    gemma2, gemma3 = tiny.arch == MODEL_ARCH.GEMMA2, tiny.arch == MODEL_ARCH.GEMMA3
    phi3 = tiny.arch == MODEL_ARCH.PHI3
    rope = config.rope_parameters.get("full_attention", config.rope_parameters)
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads

    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    if tiny.arch == MODEL_ARCH.STARCODER2:
        writer.add_layer_norm_eps(config.norm_epsilon)
    else:
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if "head_dim" in tiny.config:
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    if tiny.arch in (MODEL_ARCH.LLAMA, MODEL_ARCH.SMOLLM3):
        writer.add_vocab_size(VOCAB)
        writer.add_rope_dimension_count(head_dim)
    if not gemma2:
        writer.add_rope_freq_base(rope["rope_theta"])
    if gemma2:
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if gemma2 or gemma3:
        writer.add_sliding_window(config.sliding_window)
    if gemma3 and rope["rope_type"] == "linear":
        # Older converters leave the local base out (it is 10000), newer ones write it: one file of each.
        writer.add_rope_freq_base_swa(config.rope_parameters["sliding_attention"]["rope_theta"])
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if phi3:
        writer.add_rope_dimension_count(int(rope.get("partial_rotary_factor", 1.0) * head_dim))
        original = rope.get("original_max_position_embeddings", config.original_max_position_embeddings)
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_sliding_window(config.sliding_window or 0)
        if rope["rope_type"] == "longrope":
            growth = config.max_position_embeddings / original
            writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(growth) / math.log(original)))
    if rope.get("rope_type") == "yarn":
        writer.add_rope_scaling_type(RopeScalingType.YARN)
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
        writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
    experts = getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
    if tiny.arch == MODEL_ARCH.QWEN3MOE:
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def interleave(weight, heads):
    """Rotary halves to neighbouring pairs, per head: the order of llama.cpp's llama family."""
    head, *rest = weight.shape[0] // heads, *weight.shape[1:]
    return weight.reshape(heads, 2, head // 2, *rest).transpose(1, 2).reshape(weight.shape)


def llama3_factors(rope, head_dim):
    """What each rotary frequency is divided by."""
    original = rope["original_max_position_embeddings"]
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    factors = []
    for pair in range(head_dim // 2):
        turns = original / (2 * math.pi * rope["rope_theta"] ** (2 * pair / head_dim))
        share = min(max((turns - low) / (high - low), 0.0), 1.0)
        factors.append(1 / ((1 - share) / factor + share))
    return factors


def tensors(tiny, model):
    """Names and values as llama.cpp's converter writes them."""
    config = model.config
    names = gguf.get_tensor_name_map(tiny.arch, config.num_hidden_layers)
    gemma = tiny.arch in (MODEL_ARCH.GEMMA2, MODEL_ARCH.GEMMA3)
    for name, weight in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        if gemma and name.endswith("norm.weight"):
            weight = weight + 1
        if tiny.arch in (MODEL_ARCH.LLAMA, MODEL_ARCH.SMOLLM3):
            if name.endswith("q_proj.weight"):
                weight = interleave(weight, config.num_attention_heads)
            if name.endswith("k_proj.weight"):
                weight = interleave(weight, config.num_key_value_heads)
        if ".mlp.experts." in name:
            block = "blk." + name.split(".")[2]
            if name.endswith("down_proj"):
                yield f"{block}.ffn_down_exps.weight", weight
            else:
                gate, up = weight.chunk(2, dim=1)
                yield f"{block}.ffn_gate_exps.weight", gate
                yield f"{block}.ffn_up_exps.weight", up
            continue
        yield names.get_name(name, try_suffixes=(".weight", ".bias")), weight
    rope = config.rope_parameters
    if rope.get("rope_type") == "llama3":
        factors = llama3_factors(rope, config.hidden_size // config.num_attention_heads)
        yield "rope_freqs.weight", torch.tensor(factors)
    if rope.get("rope_type") == "longrope":
        yield "rope_factors_long.weight", torch.tensor(rope["long_factor"])
        yield "rope_factors_short.weight", torch.tensor(rope["short_factor"])


def write_gguf(path, name, tiny, model):
    writer = GGUFWriter(path, gguf.MODEL_ARCH_NAMES[tiny.arch])
    writer.add_type(gguf.GGUFType.MODEL)
    writer.add_name(f"tiny-{name}")
    write_parameters(writer, tiny, model.config)
    write_tokenizer(writer, tiny.pre)
    for tensor, weight in tensors(tiny, model):
        assert tensor, "a weight without a name"
        writer.add_tensor(tensor, weight.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def rounded(row):
    return [float(f"{value:.6f}") for value in row.tolist()]


def write_reference(path, name, tiny, prompts, seed):
    body = {
        "model": f"tiny-{name}.gguf",
        "reference": f"transformers {transformers.__version__} ({tiny.family}ForCausalLM, eager, f32), "
                     f"torch {torch.__version__.split('+')[0]}, gguf {version('gguf')}, seed {seed}",
        "prompts": {
            prompt: {
                "ids": values["ids"],
                "logits": rounded(values["rows"][-1]),
                "logits_mid": rounded(values["rows"][MID]) if len(values["ids"]) > MID else None,
                "greedy": values["greedy"],
            }
            for prompt, values in prompts.items()
        },
    }
    path.write_text(json.dumps(body).replace('"prompts"', '\n"prompts"').replace('"long": {', '\n"long": {') + "\n")


def version(package):
    from importlib.metadata import version
    return version(package)


def main(out, *names):
    transformers.logging.set_verbosity_error()
    for name in names or TINY:
        tiny = TINY[name]
        model, prompts, seed = reference(tiny)
        print(f"tiny-{name}: seed {seed}")
        check_dependence(tiny, model, prompts)
        write_gguf(Path(out) / f"tiny-{name}.gguf", name, tiny, model)
        write_reference(Path(out) / f"tiny-{name}.json", name, tiny, prompts, seed)


if __name__ == "__main__":
    main(*sys.argv[1:])

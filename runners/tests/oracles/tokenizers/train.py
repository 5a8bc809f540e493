"""Small vocabularies of each family, trained on corpus.txt, as GGUF metadata."""
import io
import json
from pathlib import Path

import sentencepiece
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from pipeline import BYTE, CONTROL, NORMAL, PRE, UNKNOWN, USER_DEFINED

CORPUS = Path(__file__).with_name("corpus.txt").read_text(encoding="utf-8")
LINES = CORPUS.splitlines(keepends=True)


def metadata(architecture, model, pre, tokens, types, *, bos=None, eos, add_bos, **more):
    out = {"general.architecture": architecture, "tokenizer.ggml.model": model, "tokenizer.ggml.pre": pre}
    out |= {f"tokenizer.ggml.{key}": value for key, value in more.items()}
    if bos:
        out["tokenizer.ggml.bos_token_id"] = tokens.index(bos)
    out |= {"tokenizer.ggml.eos_token_id": tokens.index(eos), "tokenizer.ggml.add_bos_token": add_bos}
    return out | {"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": types}


def byte_level(architecture, pre, size, specials, *, first=False, user_defined=(), unreachable=(), **ends):
    """`unreachable`: words in the vocabulary that no merge makes, so that `ignore_merges` shows."""
    stages, _, normalizer = PRE[pre]
    trained = Tokenizer(models.BPE())
    if normalizer:
        trained.normalizer = normalizer()
    trained.pre_tokenizer = pre_tokenizers.Sequence(stages())
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False))
    vocabulary = trained.get_vocab()
    words = sorted(vocabulary, key=vocabulary.get) + [word for word in unreachable if word not in vocabulary]
    merges = [" ".join(pair) for pair in json.loads(trained.to_str())["model"]["merges"]]
    added = [(s, CONTROL) for s in specials] + [(s, USER_DEFINED) for s in user_defined]
    entries = added + [(w, NORMAL) for w in words] if first else [(w, NORMAL) for w in words] + added
    tokens, types = map(list, zip(*entries))
    return metadata(architecture, "gpt2", pre, tokens, types, **ends) | {"tokenizer.ggml.merges": merges}


def pieces(size, *, user_defined=(), control=(), prefix=True, coverage=0.995, **ids):
    """A sentencepiece BPE model with byte fallback, with the settings that Llama 2 and Gemma were trained with."""
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS.splitlines() * 2), model_writer=out, model_type="bpe", vocab_size=size,
        byte_fallback=True, character_coverage=coverage, normalization_rule_name="identity", add_dummy_prefix=prefix,
        remove_extra_whitespaces=False, split_digits=True, allow_whitespace_only_pieces=True,
        user_defined_symbols=list(user_defined), control_symbols=list(control), minloglevel=2, num_threads=1, **ids)
    return out.getvalue()


def spm(architecture, model, *, user_defined=(), added=(), **more):
    """As llama.cpp's conversion writes it: user-defined tokens with plain spaces and the score -1000."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)

    def row(i):
        piece = processor.id_to_piece(i)
        if piece in user_defined:
            return piece.replace("▁", " "), USER_DEFINED, -1000.0
        kinds = {UNKNOWN: processor.is_unknown, CONTROL: processor.is_control, BYTE: processor.is_byte}
        return piece, next((kind for kind, of in kinds.items() if of(i)), NORMAL), processor.get_score(i)

    rows = [row(i) for i in range(processor.get_piece_size())] + [(token, kind, -1000.0) for token, kind in added]
    tokens, types, scores = map(list, zip(*rows))
    return metadata(architecture, "llama", "default", tokens, types, **more) | {"tokenizer.ggml.scores": scores}


def families():
    """name: (metadata, the sentencepiece model if there is one)."""
    words = ["Ġunreachable", "unreachable", "Ġunbelievably", "ĠÐ¿Ð¾ÑĢÑĤ", "12"]
    out = {}
    out["gpt-2"] = byte_level("gpt2", "gpt-2", 1000, ["<|endoftext|>"], bos="<|endoftext|>", eos="<|endoftext|>", add_bos=False), None
    out["qwen2"] = byte_level("qwen2", "qwen2", 1000, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], unreachable=words,
                              user_defined=["<tool_call>", "</tool_call>"], bos="<|endoftext|>", eos="<|im_end|>", add_bos=False), None
    out["llama-bpe"] = byte_level("llama", "llama-bpe", 1000, unreachable=words, bos="<|begin_of_text|>", eos="<|eot_id|>", add_bos=True,
                                  specials=["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"]), None
    out["tekken"] = byte_level("llama", "tekken", 1000, first=True, unreachable=words, bos="<s>", eos="</s>", add_bos=True,
                               specials=["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]"]), None
    out["phi4"] = byte_level("phi3", "dbrx", 1000, ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_sep|>"],
                             bos="<|endoftext|>", eos="<|im_end|>", add_bos=False), None
    # Pieces across scripts, so that "</" and "s>" exist: their merge must not become the control token </s>.
    llama = pieces(850, split_by_unicode_script=False)
    out["spm-llama2"] = spm("llama", llama, bos="<s>", eos="</s>", add_bos=True, add_space_prefix=True), llama
    runs = ["\n" * n for n in range(1, 9)] + ["▁" * n for n in range(2, 17)] + ["\t" * n for n in range(2, 5)]
    symbols = ["<mask>", *runs, "<table>", "</table>"]
    gemma = pieces(900, user_defined=symbols, control=["<start_of_turn>", "<end_of_turn>"],
                   prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>")
    out["spm-gemma"] = spm("gemma3", gemma, user_defined=symbols, bos="<bos>", eos="<end_of_turn>", add_bos=True, add_space_prefix=False), gemma
    chat = ["<|endoftext|>", "<|assistant|>", "<|placeholder1|>", "<|system|>", "<|end|>", "<|user|>"]
    phi = spm("phi3", llama, added=[(token, CONTROL) for token in chat], bos="<s>", eos="<|endoftext|>", add_bos=False, add_space_prefix=True)
    phi["tokenizer.ggml.token_type"][2] = USER_DEFINED  # Phi-3 publishes </s> as an added token that is not special
    out["phi3"] = {"general.name": "Phi-3 small vocabulary"} | phi, None
    return out

"""python weights.py JOB RESULT: the model as each engine wants it, made once from the same GGUF file."""

import json
import sys
from pathlib import Path

import llama_cpp as llama


def dequantized(source, target):
    """A folder with every weight as f32, which transformers loads without reading the GGUF file again."""
    import torch
    import transformers

    place = dict(pretrained_model_name_or_path=str(source.parent), gguf_file=source.name)
    plain = transformers.GgufConfig(dequantize=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32, quantization_config=plain)
    # It is not quantized any more, and could not be saved as if it were.
    model.hf_quantizer = None
    model.save_pretrained(target)


def quantized(source, target, kind):
    options = llama.llama_model_quantize_default_params()
    options.ftype = getattr(llama, f"LLAMA_FTYPE_MOSTLY_{kind}")
    options.allow_requantize = True
    if llama.llama_model_quantize(str(source).encode(), str(target).encode(), options):
        raise SystemExit(f"llama.cpp could not write {target}")


def main(job, result):
    job = json.loads(Path(job).read_text())
    source, folder = Path(job["weights"]), Path(job["folder"])
    made = {"as-is": str(source)}
    for kind in job["kinds"]:
        made[kind] = str(folder / f"{source.stem}.{kind}.gguf")
        if not Path(made[kind]).exists():
            quantized(source, Path(made[kind]), kind)
    made["folder"] = str(folder / "f32")
    if not (folder / "f32" / "config.json").exists():
        dequantized(source, folder / "f32")
    Path(result).write_text(json.dumps(made))


if __name__ == "__main__":
    main(*sys.argv[1:])

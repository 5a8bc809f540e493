"""Renders every template as transformers does and writes the fixtures: python make.py OUT"""
import datetime
import json
import sys
from pathlib import Path

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from transformers.utils import chat_template_utils

from cases import COMMON, EXTRA

DATE = datetime.datetime(2026, 3, 14)
OWN = "Own work for this test"
FAMILIES = {  # name: (source, bos_token, eos_token)
    "smollm2": ("HuggingFaceTB/SmolLM2-135M-Instruct, from its GGUF file; Apache-2.0", "<|im_start|>", "<|im_end|>"),
    "qwen2.5": ("Qwen/Qwen2.5-Coder-0.5B-Instruct, from its GGUF file; Apache-2.0", None, "<|im_end|>"),
    "qwen3": ("Qwen/Qwen3-0.6B; Apache-2.0", None, "<|im_end|>"),
    "mistral-7b": ("mistralai/Mistral-7B-Instruct-v0.2; Apache-2.0", "<s>", "</s>"),
    "mistral-nemo": ("mistralai/Mistral-Nemo-Instruct-2407, as llama.cpp carries it; Apache-2.0", "<s>", "</s>"),
    "phi-3.5": ("microsoft/Phi-3.5-mini-instruct, as llama.cpp carries it; MIT, Copyright (c) Microsoft Corporation", "<s>", "<|endoftext|>"),
    "phi-4": ("microsoft/phi-4; MIT, Copyright (c) Microsoft Corporation", "<|endoftext|>", "<|im_end|>"),
    "deepseek-r1-distill": ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B, as llama.cpp carries it; MIT, Copyright (c) 2023 DeepSeek", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    "llama-3": (OWN + ", in the documented format of Llama 3.1 and later", "<|begin_of_text|>", "<|eot_id|>"),
    "gemma-3": (OWN + ", in the documented format of Gemma 3", "<bos>", "<end_of_turn>"),
    "constructs": (OWN + ": the constructs that published templates use", "<s>", "</s>"),
}


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.Scope(body).set_lineno(line)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals |= {"raise_exception": raise_exception, "strftime_now": DATE.strftime}
    return env


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return DATE


def outcome(render):
    try:
        return {"rendered": render()}
    except jinja2.exceptions.TemplateError as error:
        raised = type(error) is jinja2.exceptions.TemplateError
        return {"error": str(error) if raised else f"{type(error).__name__}: {error}"}
    except (TypeError, AttributeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def render(template, case, specials):
    given = {"messages": case["messages"], "tools": case["tools"], "documents": None,
             "add_generation_prompt": case["add_generation_prompt"], **specials, **case["kwargs"]}
    ours = outcome(lambda: environment().from_string(template).render(**given))
    chat_template_utils.datetime = Clock
    theirs = outcome(lambda: chat_template_utils.render_jinja_template(
        [case["messages"]], tools=case["tools"], chat_template=template, add_generation_prompt=case["add_generation_prompt"],
        **specials, **case["kwargs"])[0][0])
    assert ours == theirs, (case["name"], ours, theirs)
    return ours


def fixture(name):
    source, bos, eos = FAMILIES[name]
    template = Path(__file__).with_name(f"{name}.jinja").read_text(encoding="utf-8")
    specials = {key: token for key, token in (("bos_token", bos), ("eos_token", eos)) if token}
    cases = (COMMON if name != "constructs" else []) + EXTRA.get(name, [])
    return {"template": template, "source": source, "bos_token": bos, "eos_token": eos, "date": DATE.date().isoformat(),
            "cases": [case | render(template, case, specials) for case in cases]}


if __name__ == "__main__":
    for name in FAMILIES:
        made = fixture(name)
        path = Path(sys.argv[1]) / f"{name}.json"
        path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        errors = sum("error" in case for case in made["cases"])
        print(f"{name}: {len(made['cases'])} cases, {errors} errors, {path.stat().st_size / 1000:.0f} kB")

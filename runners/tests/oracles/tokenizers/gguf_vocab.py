"""A fixture's metadata as a GGUF file without tensors, for llama.cpp: python gguf_vocab.py FIXTURE.json OUT.gguf"""
import json
import sys

from gguf import GGUFWriter

metadata = json.load(open(sys.argv[1], encoding="utf-8"))["metadata"]
writer = GGUFWriter(sys.argv[2], metadata.pop("general.architecture"))
arrays = {"tokens": writer.add_token_list, "merges": writer.add_token_merges,
          "scores": writer.add_token_scores, "token_type": writer.add_token_types}
scalars = {bool: writer.add_bool, int: writer.add_uint32, str: writer.add_string}
for key, value in metadata.items():
    if isinstance(value, list):
        arrays[key.rsplit(".", 1)[1]](value)
    else:
        scalars[type(value)](key, value)
for key in ("context_length", "embedding_length", "feed_forward_length", "block_count", "attention.head_count"):
    writer.add_uint32(f"{writer.arch}.{key}", 64)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

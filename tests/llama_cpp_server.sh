#!/bin/sh
# Serves a GGUF file by llama-cpp-python: llama_cpp_server.sh PYTHON FILE PORT
exec "$1" -m llama_cpp.server --model "$2" --host 127.0.0.1 --port "$3" --n_ctx 4096 \
    --n_threads "$(getconf _NPROCESSORS_ONLN)" --n_threads_batch "$(getconf _NPROCESSORS_ONLN)" --verbose false

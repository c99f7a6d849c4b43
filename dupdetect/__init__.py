"""Finds duplicate, near-duplicate, truncated and overlapping copies of syndicated news stories.

>>> import dupdetect
>>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
>>> print(dupdetect.cluster([story, story, "Something else."]))
Clustering: 3 stories, 2 clusters, 1 copy (1 identical)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dupdetect.version import VERSION

if TYPE_CHECKING:
    from dupdetect.config import Config as Config
    from dupdetect.corpus import FieldNames as FieldNames
    from dupdetect.pairwise import compare as compare
    from dupdetect.pipeline import cluster as cluster
    from dupdetect.records import Passage as Passage
    from dupdetect.records import Relation as Relation
    from dupdetect.results import Clustering as Clustering
    from dupdetect.sketch import Signature as Signature

__version__ = VERSION

# Loaded when first used: `import dupdetect` stays quick.
_HOMES = {
    "Clustering": "results",
    "Config": "config",
    "FieldNames": "corpus",
    "Passage": "records",
    "Relation": "records",
    "Signature": "sketch",
    "cluster": "pipeline",
    "compare": "pairwise",
}

__all__ = [
    "Clustering",
    "Config",
    "FieldNames",
    "Passage",
    "Relation",
    "Signature",
    "__version__",
    "cluster",
    "compare",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name in _HOMES:
        return getattr(import_module(f"dupdetect.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'dupdetect' has no attribute {name!r}")

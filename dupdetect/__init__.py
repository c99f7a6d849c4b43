"""Finds duplicate, near-duplicate, truncated and overlapping copies of syndicated news stories.

>>> import dupdetect
>>> story = "The ferry to Gozo was stopped by fog at dawn and sailed again before noon."
>>> print(dupdetect.cluster([story, story, "Something else."]))
Clustering: 3 stories, 2 clusters, 1 copy (1 identical)
"""

from __future__ import annotations

from dupdetect.version import VERSION

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all that is needed here
if TYPE_CHECKING:
    from dupdetect.config import Config
    from dupdetect.corpus import FieldNames
    from dupdetect.engines.compare import compare
    from dupdetect.engines.evaluate import evaluate
    from dupdetect.engines.index import Index
    from dupdetect.engines.local import cluster
    from dupdetect.engines.tune import tune
    from dupdetect.errors import DupdetectError
    from dupdetect.output.clustering import Clustering
    from dupdetect.products.evaluation import Evaluation, Tuning
    from dupdetect.products.relation import Passage, Relation
    from dupdetect.stages.shingles import Shingles, shingles
    from dupdetect.stages.signature import Signature
    from dupdetect.store.signatures import SignatureIndex

__version__ = VERSION

# Loaded when first used: `import dupdetect` stays quick.
_HOMES = {
    "Clustering": "output.clustering",
    "Config": "config",
    "DupdetectError": "errors",
    "Evaluation": "products.evaluation",
    "FieldNames": "corpus",
    "Index": "engines.index",
    "Passage": "products.relation",
    "Relation": "products.relation",
    "Shingles": "stages.shingles",
    "Signature": "stages.signature",
    "SignatureIndex": "store.signatures",
    "Tuning": "products.evaluation",
    "cluster": "engines.local",
    "compare": "engines.compare",
    "evaluate": "engines.evaluate",
    "shingles": "stages.shingles",
    "tune": "engines.tune",
}

__all__ = [
    "Clustering",
    "Config",
    "DupdetectError",
    "Evaluation",
    "FieldNames",
    "Index",
    "Passage",
    "Relation",
    "Shingles",
    "Signature",
    "SignatureIndex",
    "Tuning",
    "__version__",
    "cluster",
    "compare",
    "evaluate",
    "shingles",
    "tune",
]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module  # noqa: PLC0415

        from dupdetect.support.interpreter import require_main_interpreter  # noqa: PLC0415

        require_main_interpreter()
        return getattr(import_module(f"dupdetect.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'dupdetect' has no attribute {name!r}")

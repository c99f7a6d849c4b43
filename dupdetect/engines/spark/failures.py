"""What went wrong on an executor, said in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from dupdetect import errors
from dupdetect.errors import DupdetectError, InputError, MissingDependencyError

__all__ = ["reason_of", "said_plainly"]

_OURS = re.compile(r"^dupdetect\.errors\.(\w+): (.*)$", re.MULTILINE)
_CAUSE = re.compile(r"^(?:Caused by)?: [\w.$]+: (.+)$", re.MULTILINE)
_MISSING = re.compile(r"^ModuleNotFoundError: No module named '(\w+)'", re.MULTILINE)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Raise what a task raised on purpose as it would be raised here.

    Raises
    ------
    DupdetectError
        Of the kind that the task raised.
    MissingDependencyError
        When a module is missing on an executor.
    """
    try:
        yield
    except DupdetectError:
        raise
    except Exception as error:
        said = str(error)
        if found := _OURS.search(said):
            kind = getattr(errors, found[1], DupdetectError)
            message = found[2].strip()
            raise (InputError(message) if kind is InputError else kind(message)) from error
        if found := _MISSING.search(said):
            raise MissingDependencyError(
                f"executors have no module {found[1]!r}; install dupdetect, pyspark and pandas on "
                "each of them, or send them an environment (docs/spark.md)"
            ) from error
        raise


def reason_of(error: Exception) -> str:
    r"""Return in one line why Spark failed: the last cause that its JVM names, if it names any.

    Examples
    --------
    >>> said = "An error occurred.\n: java.io.IOException: no.\nCaused by: a.b.C: no room left"
    >>> reason_of(RuntimeError(said))
    'no room left'
    """
    causes = _CAUSE.findall(str(error))
    return str(causes[-1]).strip() if causes else (str(error).splitlines() or [repr(error)])[0]

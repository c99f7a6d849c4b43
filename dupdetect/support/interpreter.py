"""Which interpreter of a process this is."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from dupdetect.errors import KernelError

_MODULES = ("_interpreters", "_xxsubinterpreters")  # from Python 3.13 on, and before


def require_main_interpreter() -> None:
    """Raise `KernelError` in a subinterpreter: NumPy, Arrow and the kernels know only the main one.

    Without it some versions of these wait for each other for ever.

    Raises
    ------
    KernelError
        In a subinterpreter.

    Examples
    --------
    >>> require_main_interpreter()
    """
    for name in _MODULES:
        if find_spec(name) is not None:
            interpreters = import_module(name)
            if interpreters.get_current() != interpreters.get_main():
                raise KernelError(
                    "dupdetect was asked for in a subinterpreter, and works in the main one alone; "
                    "use threads there, or processes"
                )
            return

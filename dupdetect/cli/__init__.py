"""The command line: arguments in, lines and exit codes out.

Exit codes: 0 done (also when the reader of the output went away), 1 the input is bad, an output
cannot be written or memory ran out, 2 the command was called wrongly, 130 stopped with Ctrl-C.

Nothing heavy is imported until a command runs, so that ``--version``, ``--help``
and shell completion answer at once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING

import click

from dupdetect.cli.commands import (
    annotate,
    cluster,
    compare,
    dedupe,
    evaluate,
    explain,
    report,
    tune,
)
from dupdetect.cli.index_commands import index
from dupdetect.cli.interrupt import leave
from dupdetect.errors import ConfigError, DupdetectError, OutputError
from dupdetect.support.system import address_space
from dupdetect.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_EPILOG = """
\b
Examples:
  dupdetect dedupe dump.jsonl -o unique.jsonl
  dupdetect compare dump.jsonl ID_A ID_B

\b
Tab completion (bash; put the line in ~/.bashrc; zsh and fish likewise):
  eval "$(_DUPDETECT_COMPLETE=bash_source dupdetect)"

\b
Exit codes: 0 done, 1 bad input, full disk or no memory, 2 wrong usage, 130 Ctrl-C.
"""


_NO_ROOM = ("can't start new thread", "failed to map segment", "cannot allocate memory")
"""How threads and libraries that are loaded say that there is no memory for them."""


_LEAST_ADDRESS_SPACE = 384 << 20
"""Of 250 MiB Arrow's own start is sometimes refused its memory, which it answers by aborting."""


class _Quietly(click.Group):
    """A group that ends without a word when the reader of its output has gone (``| head``)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keep the order in which people meet them."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, then flush here, where a closed pipe is still expected."""
        _require_address_space()
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
        except BrokenPipeError:
            _give_up_stdout()
            return 0
        return result


class _WithoutPandas:
    """Hides pandas, which no command needs: pyarrow would load it with its first array."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse pandas, leave all else to the usual finders."""
        del path, target
        if name == "pandas":
            raise ModuleNotFoundError("the command line does without pandas", name=name)


def allow_pandas() -> None:
    """Stop hiding pandas: Spark needs it."""
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, _WithoutPandas)]


def _require_address_space() -> None:
    """Refuse what libraries end the process for while they are being loaded."""
    if "pyarrow.compute" in sys.modules:
        return
    limit = address_space()
    if limit is not None and limit < _LEAST_ADDRESS_SPACE:
        raise DupdetectError(
            f"there is not enough memory: {limit >> 20:,} MiB of address space, at least "
            f"{_LEAST_ADDRESS_SPACE >> 20} are needed; raise the limit with 'ulimit -v'"
        )


def _give_up_stdout() -> None:
    """Python flushes once more at exit: give it a place to flush to."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)


@click.group(
    cls=_Quietly,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, message="%(prog)s %(version)s")
def commands() -> None:
    """Find copies of news stories, whole, cut or edited, and keep one of each.

    Start with `dedupe`: it reads a dump of stories and writes it again with one
    story of each cluster of copies. `cluster` writes the findings as tables,
    `compare` and `explain` show what two stories share and what was cut.
    """


for _command in (dedupe, annotate, cluster, compare, explain, report, index, evaluate, tune):
    commands.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; by default those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        # A title in Chinese on an ASCII terminal must not end the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if arguments is None:  # a process of its own
        sys.meta_path.insert(0, _WithoutPandas())
        # NumPy's linear algebra, unused here, would start a thread a core that waits by spinning.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    typed = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # The typed words go along so that a command can suggest itself with one option more.
        code = commands.main(typed, prog_name="dupdetect", standalone_mode=False, obj=typed)
    except (click.ClickException, click.Abort, DupdetectError) as error:
        exit_code = _failed(error)
        if isinstance(error, click.Abort):
            leave(exit_code)
        return exit_code
    except (MemoryError, OSError, RuntimeError, ImportError) as error:
        refused = _refused(error)
        if refused is None:
            raise
        _give_up_stdout()
        exit_code = _failed(refused)
        leave(exit_code)
        return exit_code
    return code if isinstance(code, int) else 0


def _refused(error: MemoryError | OSError | RuntimeError | ImportError) -> DupdetectError | None:
    """Say what the system refused; None when it is something else, and so a bug."""
    no_memory = isinstance(error, OSError) and error.errno == errno.ENOMEM
    if no_memory or isinstance(error, MemoryError) or any(one in str(error) for one in _NO_ROOM):
        return DupdetectError(
            "there is not enough memory; use fewer --threads, a smaller dump, or more memory"
        )
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        return DupdetectError("too many files are open; allow more of them, with 'ulimit -n 256'")
    if isinstance(error, OSError) and error.filename is None and error.errno is not None:
        # Files are named where they are opened: what has no name is standard output.
        return OutputError(
            f"standard output: cannot be written: {error.strerror}; send it elsewhere"
        )
    return None


def _failed(error: click.ClickException | click.Abort | DupdetectError) -> int:
    """Say on one line of standard error what went wrong, and choose the exit code."""
    program, code, message = "dupdetect", 1, str(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    if isinstance(error, click.UsageError):
        program = error.ctx.command_path if error.ctx is not None else program
        message, code = f"{error.format_message()} (try '{program} --help')", 2
    elif isinstance(error, click.ClickException):
        message = error.format_message()
    elif isinstance(error, click.Abort):
        message, code = "stopped; no output was left half written", 130
    elif isinstance(error, ConfigError):
        code = 2
    with contextlib.suppress(OSError):
        click.echo(f"{program}: {' '.join(message.split())}", err=True)
    return code

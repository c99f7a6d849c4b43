"""What a person sees on a terminal: summary, comparison, cluster, progress.

Functions here make lines; the command line prints them. Text of stories is
cleaned before it gets near a terminal.
"""

from __future__ import annotations

from dupdetect.views.terminal.cluster import decision_lines
from dupdetect.views.terminal.lines import reason_lines
from dupdetect.views.terminal.pair import legend, pair_lines
from dupdetect.views.terminal.progress import progress
from dupdetect.views.terminal.style import console
from dupdetect.views.terminal.summary import summary_lines

__all__ = [
    "console",
    "decision_lines",
    "legend",
    "pair_lines",
    "progress",
    "reason_lines",
    "summary_lines",
]

"""Write the native kernel's table of frequent letters as a C++ header.

Usage: ``python make_letter_table.py LETTER_TABLE.py OUTPUT.hpp``.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main(table: Path, output: Path) -> None:
    """Take the table from the reference kernels and write the header."""
    rows = runpy.run_path(str(table))["FREQUENT"]
    values = ",\n".join(",".join(map(str, rows[at : at + 9])) for at in range(0, len(rows), 9))
    output.write_text(
        "// Generated from reference/letter_table.py; do not edit.\n#pragma once\n"
        "#include <cstdint>\nnamespace dupdetect {\n"
        f"inline constexpr std::uint32_t kFrequentLetters[{len(rows)}] = {{\n{values}}};\n"
        "}\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Write the native kernel's folding table as a C++ header.

Usage: ``python make_fold_table.py FOLD_RULES.py OUTPUT.hpp``. The table has two levels: blocks of
128 code points, equal blocks stored once. An entry holds the class (bits 0-3), the length of the
folded UTF-8 bytes (bits 4-9), where they stand (bits 10-30) and whether it is a capital (bit 31).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

BLOCK = 128
POINTS = 0x110000


def main(rules_path: Path, output: Path) -> None:
    """Derive the table from the rules and write the header."""
    spec = importlib.util.spec_from_file_location("fold_rules", rules_path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{rules_path}: not a Python file; pass reference/fold.py")
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)

    text = bytearray()
    place: dict[bytes, int] = {}
    blocks: dict[tuple[int, ...], int] = {}
    index = []
    for first in range(0, POINTS, BLOCK):
        entries = []
        for point in range(first, first + BLOCK):
            if 0xD800 <= point < 0xE000:
                entries.append(0)
                continue
            kind, folded = rules.fold_char(chr(point))
            data = folded.encode()
            if data not in place:
                place[data] = len(text)
                text += data
            capital = rules.is_capital(chr(point))
            entries.append(kind | len(data) << 4 | place[data] << 10 | capital << 31)
        index.append(blocks.setdefault(tuple(entries), len(blocks)))

    def rows(values: list[int]) -> str:
        return ",\n".join(",".join(map(str, values[i : i + 24])) for i in range(0, len(values), 24))

    flat = [entry for block in blocks for entry in block]
    output.write_text(
        "// Generated from reference/fold.py; do not edit.\n#pragma once\n#include <cstdint>\n"
        "namespace dupdetect {\n"
        f"inline constexpr std::uint16_t kFoldIndex[{len(index)}] = {{\n{rows(index)}}};\n"
        f"inline constexpr std::uint32_t kFoldEntries[{len(flat)}] = {{\n{rows(flat)}}};\n"
        f"inline constexpr unsigned char kFoldBytes[{len(text) + 1}] = {{\n{rows([*text, 0])}}};\n"
        "}\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Write the numbers that decide results as a C++ header.

Usage: ``python make_numbers.py NUMBERS.py OUTPUT.hpp``.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_TYPES = {"align": "std::int32_t", "facts": "std::int32_t"}  # where they are compared with signed numbers
_USUAL = "std::uint32_t"

_HEADER = """// Generated from kernels/numbers.py; do not edit.
#pragma once
#include <cstdint>
#include <string_view>
namespace dupdetect {
"""


def main(table: Path, output: Path) -> None:
    """Write a struct for each stage, and one that goes through all numbers by name."""
    spec = spec_from_file_location("numbers_table", table)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{table}: not a Python file; pass kernels/numbers.py")
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    structs, members, visits = [], [], []
    for stage in fields(module.NUMBERS):
        numbers = getattr(module.NUMBERS, stage.name)
        name = type(numbers).__name__
        declared = []
        for number in fields(numbers):
            value = getattr(numbers, number.name)
            kind = "double" if isinstance(value, float) else _TYPES.get(stage.name, _USUAL)
            declared.append(f"    {kind} {number.name} = {value!r};\n")
            path = f"{stage.name}.{number.name}"
            visits.append(f'    visit(std::string_view("{path}"), numbers.{path});\n')
        structs.append(f"struct {name} {{\n{''.join(declared)}}};\n")
        members.append(f"    {name} {stage.name};\n")
    output.write_text(
        f"{_HEADER}{''.join(structs)}struct Numbers {{\n{''.join(members)}}};\n"
        "inline constexpr Numbers kCompiled;\n"
        "inline Numbers numbers;  // the same until a benchmark changes one\n"
        "template <typename Visit>\nvoid each_number(Visit&& visit) {\n"
        f"{''.join(visits)}}}\n}}\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

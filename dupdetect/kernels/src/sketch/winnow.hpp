// Winnowing: which shingles of a text are its fingerprints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "text/story.hpp"

namespace dupdetect {

// The positions of the least shingle of each window, of the rightmost of equal ones, each once and
// in ascending order (Schleimer, Wilkerson, Aiken 2003, section 4). Fewer shingles than a window
// has are one window. `window` is 1 or more.
void winnow(std::span<const std::uint64_t> shingles, std::size_t window,
            Room<std::uint64_t>& selected);

}  // namespace dupdetect

// Where the lines stand that several places have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dupdetect {

struct Place {
    std::uint32_t story, line;  // the line's number in its story
};

// Places of equal keys side by side, a span for each key that at least `least` lines have.
struct EqualLines {
    std::vector<std::vector<Place>> places;
    std::vector<std::span<const Place>> groups;
};

// Places of a key come in the order of `stories`, which lists each story once. The order of the
// groups is any.
EqualLines find_equal_lines(std::span<const std::uint64_t> keys,
                            std::span<const std::int64_t> line_offsets,
                            std::span<const std::uint32_t> stories, std::uint64_t least,
                            int threads);

}  // namespace dupdetect

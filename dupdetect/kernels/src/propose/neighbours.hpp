// How long a run two places of a fingerprint share, by a few bits of each group of words around it.
//
// The lowest 24 bits of a fingerprint: 12 of the seven groups before it, 12 of those after it. Of
// each twelve the lowest two are the nearest group's; the two farthest have one bit each. 0:
// nothing is known of the words there, and nothing equals it. All ones: equal to any.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace dupdetect {

constexpr int kSurroundingBits = 24;
constexpr std::uint32_t kAnywhere = (std::uint32_t{1} << kSurroundingBits) - 1;
constexpr std::size_t kNeighbours = 7;  // groups on each side
constexpr int kSideBits = kSurroundingBits / 2;
constexpr std::size_t kTwoBits = 5;  // so many groups have two bits

// Bits of the nearest groups of one side.
constexpr int bits_of(std::size_t groups) {
    return static_cast<int>(groups + std::min(groups, kTwoBits));
}
static_assert(bits_of(kNeighbours) == kSideBits);

// Words in a group, where the farthest of so many are known.
constexpr std::size_t group_words(std::size_t words) {
    return std::max<std::size_t>((words + kNeighbours - 1) / kNeighbours, 1);
}

// Whole groups, before and after together, in a run of so many words more than the fingerprint has.
constexpr std::size_t groups_in(std::size_t words) {
    const std::size_t group = group_words(words), cut = 2 * (group - 1);
    return words <= cut ? 0 : (words - cut + group - 1) / group;
}

constexpr std::uint32_t before(std::uint32_t around) { return around >> kSideBits; }
constexpr std::uint32_t after(std::uint32_t around) { return around & kAnywhere >> kSideBits; }

// Groups that two places share, at most kNeighbours on each side.
inline std::size_t equal_neighbours(std::uint32_t x, std::uint32_t y) {
    if (x == 0 || y == 0) return 0;
    if (x == kAnywhere || y == kAnywhere) return 2 * kNeighbours;
    const auto equal = [](std::uint32_t one, std::uint32_t other) {
        const std::uint32_t differ = (one ^ other) | std::uint32_t{1} << kSideBits;
        const auto bits = static_cast<std::size_t>(std::countr_zero(differ));
        return bits < 2 * kTwoBits ? bits / 2 : bits - kTwoBits;
    };
    return equal(before(x), before(y)) + equal(after(x), after(y));
}

}  // namespace dupdetect

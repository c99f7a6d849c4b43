// The lower bits of a key: what stands before and after the place that it was made of.
#pragma once

#include <cstdint>

namespace dupdetect {

inline constexpr int kSurroundingBits = 16;
inline constexpr std::uint16_t kAnywhere = 0xFFFF;

// Whether two places of a fingerprint can lie in a longer shared run: the words before it are the
// same, or those after it.
inline bool same_surroundings(std::uint16_t x, std::uint16_t y) {
    if (x == kAnywhere || y == kAnywhere) return true;
    const auto equal = [](int a, int b) { return a == b && a != 0; };
    return equal(x >> 8, y >> 8) || equal(x & 0xFF, y & 0xFF);
}

}  // namespace dupdetect

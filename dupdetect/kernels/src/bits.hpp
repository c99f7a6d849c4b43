// Counting bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dupdetect {

// Without the instruction of newer processors std::popcount is a call.
inline std::size_t count_bits(std::uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555ULL;
    bits = (bits & 0x3333333333333333ULL) + (bits >> 2 & 0x3333333333333333ULL);
    return ((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0FULL) * 0x0101010101010101ULL >> 56;
}

}  // namespace dupdetect

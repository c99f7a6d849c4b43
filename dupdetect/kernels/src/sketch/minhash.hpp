// MinHash signatures (Broder 1997): the least value of each permutation over all shingles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "text/story.hpp"

namespace dupdetect {

using Words32 = std::span<const std::uint32_t>;

inline constexpr std::uint32_t kMix32First = 0x85EBCA6BU, kMix32Second = 0xC2B2AE35U;

inline std::uint32_t mix32(std::uint32_t h) {  // the finalizer of MurmurHash3 (Appleby), 32 bits
    h = (h ^ (h >> 16)) * kMix32First;
    h = (h ^ (h >> 13)) * kMix32Second;
    return h ^ (h >> 16);
}

// mix32 of the upper halves.
void mix_upper(std::span<const std::uint64_t> shingles, Room<std::uint32_t>& mixed);

// The least of a[k] * h + b[k] modulo 2^32 over all hashes h; 2^32 - 1 when there are none.
void minima(Words32 hashes, Words32 a, Words32 b, std::span<std::uint32_t> out);

}  // namespace dupdetect

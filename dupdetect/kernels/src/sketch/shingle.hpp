// Shingles: hashes of w consecutive token hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dupdetect {

inline constexpr std::uint64_t kMixFirst = 0xFF51AFD7ED558CCDULL,
                               kMixSecond = 0xC4CEB9FE1A85EC53ULL;

inline std::uint64_t mix64(std::uint64_t h) {  // the finalizer of MurmurHash3 (Appleby), 64 bits
    h = (h ^ (h >> 33)) * kMixFirst;
    h = (h ^ (h >> 33)) * kMixSecond;
    return h ^ (h >> 33);
}

inline constexpr std::uint64_t kShingleBase = 0x9E3779B97F4A7C15ULL;

// A polynomial over w tokens each, finalized. A text shorter than w is one shingle.
void shingle(std::span<const std::uint64_t> tokens, std::size_t w, std::vector<std::uint64_t>& out);

// How much text a word is, and a character of a script without spaces: seven of these are four
// words.
inline constexpr std::size_t kWordWeight = 7, kSingleWeight = 4;

// The same where some tokens are single characters (`single` is not 0): from each token on the
// fewest that are as much text as w words, and how many they are.
void shingle_by_weight(std::span<const std::uint64_t> tokens, std::span<const std::uint8_t> single,
                       std::size_t w, std::vector<std::uint64_t>& out,
                       std::vector<std::uint32_t>& lengths);

}  // namespace dupdetect

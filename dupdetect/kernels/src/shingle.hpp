// Shingles: hashes of w consecutive token hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dupdetect {

inline std::uint64_t mix64(std::uint64_t h) {  // the finalizer of MurmurHash3 (Appleby), 64 bits
    h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCDULL;
    h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53ULL;
    return h ^ (h >> 33);
}

inline constexpr std::uint64_t kShingleBase = 0x9E3779B97F4A7C15ULL;

// Rolling polynomial over the tokens, finalized. A text shorter than w is one shingle.
inline void shingle(std::span<const std::uint64_t> tokens, std::size_t w,
                    std::vector<std::uint64_t>& out) {
    out.clear();
    if (tokens.empty()) return;
    const std::size_t width = tokens.size() < w ? tokens.size() : w;
    std::uint64_t rolling = 0, drop = 1;
    for (std::size_t i = 0; i < width; ++i) {
        rolling = rolling * kShingleBase + tokens[i];
        drop *= kShingleBase;
    }
    out.resize(tokens.size() - width + 1);
    out[0] = mix64(rolling);
    for (std::size_t i = 1; i < out.size(); ++i) {
        rolling = rolling * kShingleBase + tokens[i + width - 1] - drop * tokens[i - 1];
        out[i] = mix64(rolling);
    }
}

}  // namespace dupdetect

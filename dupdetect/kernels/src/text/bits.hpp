// Counting bits and characters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace dupdetect {

// Without the instruction of newer processors std::popcount is a call.
inline std::size_t count_bits(std::uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555ULL;
    bits = (bits & 0x3333333333333333ULL) + (bits >> 2 & 0x3333333333333333ULL);
    return ((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0FULL) * 0x0101010101010101ULL >> 56;
}

// Characters that begin in UTF-8 text: its bytes but for those that go on with one.
inline std::int64_t count_characters(std::span<const std::uint8_t> text) {
    constexpr std::size_t kWord = 8, kMost = 255 * kWord;  // a lane counts to 255
    constexpr std::uint64_t kLanes = 0x0101010101010101ULL, kPairs = 0x00FF00FF00FF00FFULL;
    auto characters = static_cast<std::int64_t>(text.size());
    while (text.size() >= kWord) {
        const std::size_t size = std::min(text.size(), kMost) / kWord * kWord;
        std::uint64_t lanes = 0;
        for (std::size_t i = 0; i < size; i += kWord) {
            std::uint64_t bytes;
            std::memcpy(&bytes, text.subspan(i, kWord).data(), kWord);
            lanes += bytes >> 7 & ~bytes >> 6 & kLanes;
        }
        lanes = (lanes & kPairs) + (lanes >> 8 & kPairs);
        characters -= static_cast<std::int64_t>(lanes * 0x0001000100010001ULL >> 48);
        text = text.subspan(size);
    }
    for (const std::uint8_t c : text) characters -= (c & 0xC0U) == 0x80U;
    return characters;
}

}  // namespace dupdetect

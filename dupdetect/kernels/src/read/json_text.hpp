// Byte-level pieces of JSON text: where a string's run of plain bytes ends, whether UTF-8 is valid.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace dupdetect::jsonl {

using Bytes = std::span<const std::uint8_t>;

static_assert(std::endian::native == std::endian::little, "the word scan reads low bytes first");

constexpr std::uint64_t repeat(std::uint8_t byte) { return 0x0101010101010101ULL * byte; }

// High bit of each byte set where the byte is a quote, a backslash, a control character or not
// ASCII. Only the lowest bit set is exact (borrows may spill upwards), and only that is used.
inline std::uint64_t special_bytes(std::uint64_t word) {
    const std::uint64_t quote = word ^ repeat('"');
    const std::uint64_t slash = word ^ repeat('\\');
    const std::uint64_t low = (word - repeat(0x20)) | (quote - repeat(1)) | (slash - repeat(1));
    return (low | word) & repeat(0x80);
}

inline std::uint64_t load_word(Bytes bytes, std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, bytes.subspan(at, sizeof word).data(), sizeof word);
    return word;
}

// Index of the first special byte at or after `at`, bytes.size() when there is none.
inline std::size_t find_special(Bytes bytes, std::size_t at) {
    while (at + 16 <= bytes.size()) {
        const std::uint64_t first = special_bytes(load_word(bytes, at));
        if (first != 0) return at + static_cast<std::size_t>(std::countr_zero(first)) / 8;
        const std::uint64_t second = special_bytes(load_word(bytes, at + 8));
        if (second != 0) return at + 8 + static_cast<std::size_t>(std::countr_zero(second)) / 8;
        at += 16;
    }
    while (at < bytes.size()) {
        const std::uint8_t byte = bytes[at];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
        ++at;
    }
    return at;
}

// Length of the UTF-8 character at `at`, 0 when it is not valid (RFC 3629, table 3-7 of Unicode).
inline std::size_t utf8_length(Bytes bytes, std::size_t at) {
    const std::size_t left = bytes.size() - at;
    const std::uint8_t lead = bytes[at];
    const auto follows = [&](std::size_t index, std::uint8_t low, std::uint8_t high) {
        return bytes[at + index] >= low && bytes[at + index] <= high;
    };
    if (lead >= 0xC2 && lead <= 0xDF) return left >= 2 && follows(1, 0x80, 0xBF) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (left < 3 || !follows(2, 0x80, 0xBF)) return 0;
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;  // no surrogates
        return follows(1, low, high) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (left < 4 || !follows(2, 0x80, 0xBF) || !follows(3, 0x80, 0xBF)) return 0;
        const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) ? 4 : 0;
    }
    return 0;
}

constexpr std::array<std::int8_t, 256> make_hex_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t digit = 0; digit < 10; ++digit) {
        values['0' + digit] = static_cast<std::int8_t>(digit);
    }
    for (std::size_t letter = 0; letter < 6; ++letter) {
        values['a' + letter] = static_cast<std::int8_t>(10 + letter);
        values['A' + letter] = static_cast<std::int8_t>(10 + letter);
    }
    return values;
}
constexpr auto hex_values = make_hex_values();

}  // namespace dupdetect::jsonl

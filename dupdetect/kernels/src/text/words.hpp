// Runs of ASCII letters and digits as words, and their hashes: the parts with forms of their own
// for AVX-512, which are called only where vectors() says so.
#pragma once

#include "text/story.hpp"

namespace dupdetect {

// Numbers behind the last that may be written to.
inline constexpr std::size_t kPad = 32;

struct Runs {
    std::size_t count, breaks;
};

// Finds the runs: their bytes go to `folded` in lower case, at the places where they stand and kPad
// bytes behind, and where they begin and end to `run_begins` and `run_ends`. `run_breaks` are the
// numbers of the first run and of those that something other than plain separators stands before.
Runs find_ascii_words(Bytes text, Story& story);

// The runs `first` to `last` become the words `to` and following, their bytes where they stand.
void add_runs(Story& story, std::size_t first, std::size_t last, std::size_t to);

// Separates words and says nothing more: so do others, which are only read one by one.
constexpr bool separates_plainly(std::uint8_t c) {
    const auto from = static_cast<std::uint8_t>(c - '#');
    return (c == ' ') | ((from < 11) & (c != '\'')) | (c == '|');
}

// The first letters of words that stand behind something other than plain separators, of a block of
// 64 bytes: added to the bits of a gap, a bit in it is carried to the word that ends the gap.
inline std::uint64_t after_breaks(std::uint64_t words, std::uint64_t plain, std::uint64_t& carry) {
    const std::uint64_t gaps = ~words, breaks = gaps & ~plain;
    const std::uint64_t sum = gaps + breaks, all = sum + carry;
    carry = (sum < gaps) | (all < sum);
    return all & words;
}

// Digits are the only bytes of a folded word below 0x40.
bool any_digit(Bytes word);

// Hash of a word with its digits folded to 0.
std::uint64_t zeroed_hash(Bytes word);

namespace avx512 {

Runs find_runs(Bytes text, Story& story);
void add_runs(Story& story, std::size_t first, std::size_t last, std::size_t to);
void hash_words(Story& story);
void hash_zeroed(Story& story);

}  // namespace avx512
}  // namespace dupdetect

// The words between two runs, aligned bit by bit.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "align/align.hpp"
#include "text/bits.hpp"

namespace dupdetect {

namespace avx512 {

// Which of up to 64 words are one, bit by bit.
std::uint64_t equal(std::uint32_t word, std::span<const std::uint32_t> words);

}  // namespace avx512

// The longest common subsequences of all ends of two short stretches of words, words alike counting
// as equal: 64 columns of the textbook's table at a time (Hyyro 2004), from the last row on.
// Columns are counted from the last one, whose bit is the first.
class Gap {
public:
    Gap(const Masks& masks, double dice);

    // Stretches of up to kMostGapWords words; what was read before is forgotten.
    void read(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> columns);

    bool agree(std::int32_t row, std::int32_t column) const {
        const std::size_t bit = from_end(column) - 1;
        return (agrees_[at(row, bit / 64)] >> bit % 64 & 1U) != 0;
    }
    // Whether two words share enough letter pairs.
    bool alike(std::uint64_t one, std::uint64_t other) const {
        if (one == 0 || other == 0) return false;
        return count_bits(one & other) >= least_[count_bits(one) + count_bits(other)];
    }
    // Words that the stretches have in common in the same order, from these on.
    std::int32_t common(std::int32_t row, std::int32_t column) const;

private:
    static constexpr std::size_t kBlocks = (kMostGapWords + 63) / 64;

    std::size_t from_end(std::int32_t column) const {
        return columns_ - static_cast<std::size_t>(column);
    }
    std::size_t at(std::int32_t row, std::size_t block) const {
        return static_cast<std::size_t>(row) * blocks_ + block;
    }
    void compare(std::uint32_t word, std::span<std::uint64_t> bits) const;

    const Masks& masks_;
    static constexpr std::uint8_t kNone = 128;

    // Letter pairs in common, for so many in both.
    std::array<std::uint8_t, std::size_t{2} * kNone> least_;
    std::size_t columns_ = 0, blocks_ = 0;
    std::array<std::uint32_t, kBlocks * 64> words_;  // of the columns
    std::array<std::uint64_t, kBlocks * 64> letters_;
    std::array<std::uint8_t, kBlocks * 64> sizes_;  // letter pairs of each; kNone: too few letters
    std::vector<std::uint64_t> agrees_, rest_;  // blocks of each row; of one more
};

}  // namespace dupdetect

// The exact runs of words that two texts share.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace dupdetect {

struct Run {
    std::int32_t a, b, words;
};

// Numbers for `size` words in a row, from each word on: equal for equal words, and rarely for
// others. None of a text of fewer words.
template <typename Word>
void number_grams(std::span<const Word> words, std::size_t size, std::vector<Word>& grams);

namespace avx512 {

// The places of the grams whose bits are set in a filter; see GramIndex::filter.
std::size_t filter(std::span<const std::uint32_t> grams, std::span<const std::uint64_t> bits,
                   std::uint32_t factor, int shift, std::span<std::uint32_t> places);

}  // namespace avx512

// Where each word n-gram of a text stands. Only equal n-grams share a chain, and which slot one
// gets depends on a secret factor, so that no text can be written that makes chains long.
template <typename Word>
class GramIndex {
public:
    void build(std::span<const Word> words, std::size_t size);
    std::span<const Word> grams() const { return grams_; }
    std::int32_t first(Word gram) const {  // -1: nowhere
        return slots_.empty() ? -1 : slots_[slot_of(gram)];
    }
    std::int32_t next(std::int32_t at) const { return nexts_[static_cast<std::size_t>(at)]; }

    // Where those of some grams stand that may be in the index, ascending: all that are, and one
    // in thirty of the others.
    void filter(std::span<const Word> grams, std::vector<std::uint32_t>& places) const;

private:
    static constexpr std::size_t kBits = 32;  // of the filter, for each gram

    std::size_t slot_of(Word gram) const {
        auto slot = static_cast<std::size_t>(static_cast<Word>(gram * factor_) >> shift_);
        while (slots_[slot] >= 0 && grams_[static_cast<std::size_t>(slots_[slot])] != gram) {
            slot = (slot + 1) & (slots_.size() - 1);
        }
        return slot;
    }

    std::vector<Word> grams_;
    std::size_t bit_of(Word gram) const {
        return static_cast<std::size_t>(static_cast<Word>(gram * factor_) >> filter_shift_);
    }

    std::vector<std::int32_t> slots_, nexts_;  // ascending positions, -1 ends a chain
    std::vector<std::uint64_t> filter_;
    Word factor_ = 1;
    int shift_ = 0, filter_shift_ = 0;
};

// Finds runs of `seed_words` words or more. `index` is that of a; `grams` are b's, and `places`
// room for where some of them stand.
template <typename Word>
void find_runs(std::span<const Word> a, const GramIndex<Word>& index, std::span<const Word> b,
               std::span<const Word> grams, std::int32_t seed_words,
               std::vector<std::uint32_t>& places, std::vector<Run>& runs);

}  // namespace dupdetect

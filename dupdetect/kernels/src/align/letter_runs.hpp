// Runs of words of damaged texts, found by their letters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "align/align.hpp"

namespace dupdetect {

// A letter of a body is a byte of a folded word, and whether it is the word's first.
inline constexpr std::uint16_t kFirstLetter = 256;
constexpr bool begins_word(std::uint16_t letter) { return (letter & kFirstLetter) != 0; }

// Runs of equal words inside stretches of equal letters: where letters are misread, seeds of words
// are few, and where spaces are, words are not the same.
class LetterRuns {
public:
    // In the order of b; for pairs of one `a`, one after the other, `a_number` says which it is.
    void find(std::span<const std::uint16_t> a, std::size_t a_number,
              std::span<const std::uint16_t> b, std::vector<Run>& runs);

private:
    struct Letters {
        std::vector<std::uint64_t> values;
        std::vector<std::uint32_t> words;  // where each begins; then the end of the last one
        void of(std::span<const std::uint16_t> letters);
    };

    Letters a_, b_;
    std::vector<std::int32_t> word_at_;  // the word of a that begins with each letter; -1: none
    std::size_t a_number_ = 0;
    GramIndex<std::uint64_t> index_;  // of a
    std::vector<std::uint64_t> grams_;  // of b
    std::vector<std::uint32_t> places_;
    std::vector<Run> stretches_;
};

// Stretches of 16 letters, those of which pairs of damaged texts are proposed where these are most
// damaged.
struct LetterStretches {
    std::vector<std::uint32_t> hashes;
    std::vector<std::int32_t> first, last;  // words that each has letters of

    void of(std::span<const std::uint16_t> letters);
};

// Those of all stories of a call, found when a pair first asks for them, once for all threads: a
// long text may stand in pairs with all others.
class StretchesOfAll {
public:
    explicit StretchesOfAll(std::size_t stories) : found_(stories), once_(stories) {}

    const LetterStretches& of(std::span<const std::uint16_t> letters, std::size_t number) {
        std::call_once(once_[number], [&] { found_[number].of(letters); });
        return found_[number];
    }

private:
    std::vector<LetterStretches> found_;
    std::vector<std::once_flag> once_;
};

// Two that share no stretches outside of the runs found by words have nothing for letters to find,
// or too little, and need not be searched letter by letter.
class SharedStretches {
public:
    // Whether b has enough stretches of a none of whose letters stands in a run, one after the
    // other in both, for the words of the smaller text: in long ones some are the same by chance.
    // For pairs of one `a`, one after the other, `a_number` says which it is.
    bool enough(const LetterStretches& a, std::size_t a_number, const LetterStretches& b,
                const std::vector<Run>& runs, std::size_t smaller);

private:
    std::size_t a_number_ = 0;  // + 1; 0: none
    GramIndex<std::uint32_t> in_a_;
    std::vector<std::uint32_t> places_;
};

// Between runs, words of which both were misread are alike where less of them is the same.
double misread_dice(const AlignRule& rule);

}  // namespace dupdetect

// Facts of two stories that stand opposite each other between equal words.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "align/runs.hpp"
#include "text/story.hpp"

namespace dupdetect {

// Codes of a lexicon's words: see dupdetect/kernels/lexicon.py.
inline constexpr std::uint8_t kNoName = 1, kNumeral = 2, kPole = 3, kSide = 4, kDirection = 5,
                              kCurrency = 6, kNegation = 7, kCreditWord = 8, kAddress = 9,
                              kScale = 16, kUnit = 32, kOpposite = 64, kCount = 128;

// What words tell of facts, by their hashes without a key: who wants a word to be taken for one of
// these can write that one.
class Lexicon {
public:
    Lexicon(std::span<const std::uint64_t> words, std::span<const std::uint8_t> codes);
    std::uint8_t code(std::uint64_t word) const;  // 0: none
    // Whether it was made of these.
    bool is_of(std::span<const std::uint64_t> words, std::span<const std::uint8_t> codes) const;

private:
    struct Slot {
        std::uint64_t word = 0;
        std::uint8_t code = 0;  // 0: free
    };
    std::size_t slot_of(std::uint64_t word) const;

    static constexpr int kFilterBits = 16;

    std::vector<Slot> slots_;  // open addressing, by the upper bits of hashes that spread evenly
    std::vector<std::uint64_t> filter_;  // by the lower bits: most words are none of these
    int shift_ = 63;
    std::vector<std::uint64_t> words_;
    std::vector<std::uint8_t> codes_;
};

// The lexicon of some words; one of the last that were made where these are the same.
std::shared_ptr<const Lexicon> lexicon_of(std::span<const std::uint64_t> words,
                                          std::span<const std::uint8_t> codes);

// Flags of a word.
inline constexpr std::uint8_t kNumber = 1, kSingle = 2, kCapital = 4, kFirst = 8, kDoubt = 16;

// Of folded letters, under a key drawn for this process: nobody can write two words that are equal
// by it. Nothing but equality may be asked of it.
std::uint64_t keyed_hash(Bytes folded);

struct FactWord {
    std::uint64_t hash;  // of its text, keyed
    Span text, letters;  // with and without what stands between the parts of a number; see text_of
    std::uint32_t start, end;  // bytes of the raw text
    std::uint8_t flags, code;

    bool is(std::uint8_t flag) const { return (flags & flag) != 0; }
};

// A story's words outside furniture: numbers and directions whole.
struct FactBody {
    std::vector<FactWord> words;
    Room<std::uint8_t> letters;  // of all words, folded
    Room<std::uint8_t> texts;  // of those that have more than letters
    std::vector<std::uint64_t> sums;  // of money, in millionths; ascending, each once
    std::vector<std::uint64_t> hashes, grams;  // of the words, and of so many in a row

    Bytes text_of(const FactWord& word) const {
        if (word.text.size == word.letters.size) return letters_of(word);
        return Bytes(texts).subspan(word.text.at, word.text.size);
    }
    Bytes letters_of(const FactWord& word) const {
        return Bytes(letters).subspan(word.letters.at, word.letters.size);
    }
};

void make_fact_body(Bytes text, const Story& story, std::span<const std::uint8_t> line_status,
                    const Lexicon& lexicon, std::size_t seed_words, FactBody& body);

}  // namespace dupdetect

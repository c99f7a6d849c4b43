// Alignment of two bodies: from exact word runs to passages, coverages and what was kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/story.hpp"

namespace dupdetect {

using Hashes = std::span<const std::uint64_t>;

// What is said of a word of a body, or of two that were matched.
inline constexpr std::uint8_t kInQuotes = 1, kInDoubt = 2, kOneCharacter = 4, kMatched = 8,
                              kFollowsColon = 16, kProse = 32, kNeverProse = 64, kInPost = 128;

// A story's words outside furniture.
struct Body {
    Room<std::uint64_t> hashes;
    std::vector<std::uint64_t> grams;  // of seed words from each word on
    Room<std::uint32_t> starts, ends;  // bytes of the raw text
    std::vector<std::uint32_t> sentences;  // where each begins; then the end of the last one
    Room<std::uint8_t> flags, folded;
    Room<Span> words;  // where each word stands in `folded`
    std::int32_t prose_words = 0;  // those outside doubtful lines
    std::int32_t prose_first = 0;  // the first of those; the body's size: none
    bool lower_start = false;  // it starts with a small letter
    bool ascii = true;  // the raw text: bytes are characters
    // As few are asked for: made with the first one; all bits where a word's is not yet made.
    mutable std::vector<std::uint64_t> masks;

    Bytes folded_word(std::size_t word) const {
        return Bytes(folded).subspan(words[word].at, words[word].size);
    }
    std::int32_t size() const { return static_cast<std::int32_t>(hashes.size()); }
    std::size_t bytes() const;  // that it holds, about

    std::uint64_t mask(std::size_t word) const {
        if (masks.empty()) masks.assign(hashes.size(), ~std::uint64_t{0});
        std::uint64_t& known = masks[word];
        if (known == ~std::uint64_t{0}) {
            known = bigram_mask(Bytes(folded).subspan(words[word].at, words[word].size));
        }
        return known;
    }
};

// Where each word n-gram of a body stands. Only equal n-grams share a chain, and which slot one
// gets depends on a secret factor, so that no text can be written that makes chains long.
class GramIndex {
public:
    void build(Hashes grams);  // which must outlive it
    std::int32_t first(std::uint64_t gram) const;  // -1: nowhere
    std::int32_t next(std::int32_t at) const { return nexts_[static_cast<std::size_t>(at)]; }
    Hashes grams() const { return grams_; }

private:
    std::size_t slot_of(std::uint64_t gram) const;

    Hashes grams_;
    std::vector<std::int32_t> slots_, nexts_;  // ascending positions, -1 ends a chain
    std::uint64_t factor_ = 1;
    int shift_ = 63;
};

inline constexpr std::int32_t kMostGapWords = 255;  // a setting above counts as this

struct AlignRule {
    std::int32_t seed_words;  // shortest run that is looked for
    std::int32_t run_words;  // a run that counts by itself
    std::int32_t near_words;  // how near a shorter run must stand to another
    std::int32_t near_diagonal;  // and how little its course may differ
    std::int32_t bridge_words;  // gaps up to this belong to the passage
    std::int32_t gap_words;  // gaps up to this are aligned word by word
    double word_dice;  // two words are alike from this bigram Dice on; above 1: never
    double sentence_share;  // a sentence counts whole from this share on; above 1: never
    std::int32_t sentence_words;
    std::int32_t shingle_words;
    std::int32_t passage_words;  // passages of at least this many words are "long"
    std::int32_t overlap_words;  // and of this many enough for an overlap by themselves
    std::int32_t cut_words;  // of a text cut in mid-sentence that are prose, quoted or not
    std::int32_t reused_words;  // that one side alone has in quotation marks are prose
    Hashes speech_words = {};  // of speakers and those whom they speak to, ascending
};

struct Run {
    std::int32_t a, b, words;
};

// A word of one body and its counterpart: -1 none; how it was found.
using Found = std::uint8_t;
inline constexpr Found kUnmatched = 0, kExact = 1, kAlike = 2, kBridged = 3, kSentence = 4;

struct Matches {
    std::vector<std::int32_t> to_b, to_a;  // per word of a: its word in b, and back
    std::vector<std::uint8_t> how_a, how_b;  // Found
    std::vector<std::uint8_t> flags;  // per word of b: its own and its counterpart's
};

struct Passage {
    std::int32_t a_first, a_last, b_first, b_last, words, quoted;  // words of the bodies, inclusive
};

// All counts are words. Coverage is covered / words.
struct Measures {
    std::int32_t a_words = 0, b_words = 0, a_covered = 0, b_covered = 0;
    std::int32_t shared = 0, quoted = 0, doubtful = 0, long_words = 0, long_prose = 0;
    std::int32_t a_hits = 0, a_first = 0, a_end = 0;  // a's words in passages; where they stand
    std::int32_t shared_shingles = 0, a_shingles = 0, b_shingles = 0;
    std::int32_t identical = 0;
    std::int32_t a_reach = 0;  // all of a's words from its first hit to its last
    std::int32_t solid_prose = 0;  // the most unquoted words of one solid passage
    std::int32_t smaller_weight = 0;  // of the smaller body, in words: see weight() in measure.cpp
    std::int32_t a_exact = 0, b_exact = 0;  // words that equal their counterparts, byte for byte
    std::int32_t unlike = 0;  // of those, quoted or doubtful in one of the bodies alone
};

inline constexpr std::size_t kMeasures = sizeof(Measures) / sizeof(std::int32_t);

// Takes the story's folded words with it.
void make_body(Bytes text, Story& story, std::span<const std::uint8_t> line_status,
               const AlignRule& rule, Body& body);

// `grams` is the index of a.
void find_runs(const Body& a, const GramIndex& grams, const Body& b, const AlignRule& rule,
               std::vector<Run>& runs);
// The same of any hashes and their n-grams, of at least `least` each.
void find_equal_runs(Hashes a, const GramIndex& grams, Hashes b, Hashes b_grams, std::int32_t least,
                     std::vector<Run>& runs);
void drop_stray_runs(const AlignRule& rule, std::int32_t smaller, std::vector<Run>& runs);

// Runs of equal words inside stretches of equal letters: where letters are misread, seeds of words
// are few, and where spaces are, words are not the same.
class LetterRuns {
public:
    // In the order of b; for pairs of one `a`, one after the other, `a_number` says which it is.
    void find(const Body& a, std::size_t a_number, const Body& b, std::vector<Run>& runs);

private:
    struct Letters {
        std::vector<std::uint64_t> values, grams;
        std::vector<std::uint32_t> words;  // where each begins; then the end of the last one
        void of(const Body& body);
    };

    Letters a_, b_;
    std::size_t a_number_ = 0;
    GramIndex index_;  // of a
    std::vector<Run> stretches_;
};

// Between runs, words of which both were misread are alike where less of them is the same.
double misread_dice(const AlignRule& rule);

// `gap_dice` takes the place of the rule's word_dice between two runs.
void match_words(const Body& a, const Body& b, const AlignRule& rule, double gap_dice,
                 const std::vector<Run>& runs, Matches& matches);
void find_passages(const AlignRule& rule, const Matches& matches, std::vector<Passage>& passages);
// What is measured where no run was found.
Measures measure_unrelated(const Body& a, const Body& b, const AlignRule& rule);
Measures measure(const Body& a, const Body& b, const AlignRule& rule, Matches& matches,
                 const std::vector<Passage>& passages);

}  // namespace dupdetect

// Alignment of two bodies: from exact word runs to passages, coverages and what was kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/runs.hpp"
#include "common/arrays.hpp"
#include "text/story.hpp"

namespace dupdetect {

// What is said of a word of a body, or of two that were matched.
inline constexpr std::uint8_t kInQuotes = 1, kInDoubt = 2, kOneCharacter = 4, kMatched = 8,
                              kFollowsColon = 16, kProse = 32, kNeverProse = 64, kInPost = 128;
// Of a word of a body, which is not matched by itself: a sentence begins with it.
inline constexpr std::uint8_t kBegins = kMatched;

class Gap;

// Letter pairs of words, by their keyed hashes: see bigram_mask. A table of open addressing, with
// free slots; words of few letters are not in it.
class Masks {
public:
    Masks(std::span<const std::uint32_t> words, std::span<const std::uint64_t> masks);

    std::uint64_t of(std::uint32_t word) const {
        std::size_t at = static_cast<std::size_t>(std::uint64_t{word} >> shift_);
        while (words_[at] != word) {
            if (words_[at] == 0) return 0;
            at = (at + 1) & (words_.size() - 1);
        }
        return masks_[at];
    }

private:
    std::span<const std::uint32_t> words_;  // 0: free
    std::span<const std::uint64_t> masks_;
    int shift_;
};

// A story's words outside furniture.
struct Body {
    std::span<const std::uint32_t> words;  // keyed hashes
    std::span<const std::uint8_t> flags;
    std::int32_t prose_words = 0;  // those outside doubtful lines

    std::int32_t size() const { return static_cast<std::int32_t>(words.size()); }
};

// Words of a body, half open.
struct Stretch {
    std::size_t first = 0, end = 0;
};

// What is asked of all of a body for each of its pairs: counted once, so that a pair of a long
// story and a short one costs what the short one does.
class Counts {
public:
    void count(const Body& body);

    // Words of a stretch that stand outside doubtful lines.
    std::int32_t plain(Stretch words) const { return plain_[words.end] - plain_[words.first]; }
    std::int32_t single() const { return single_; }  // words of one character
    // The number of the sentence that a word stands in.
    std::size_t sentence_of(std::size_t word) const;
    Stretch sentence(std::size_t number) const {
        return {sentences_[number], sentences_[number + 1]};
    }

private:
    std::vector<std::int32_t> plain_;  // of the words before each, and of all
    std::vector<std::size_t> sentences_;  // where each begins, and the body's size
    std::int32_t single_ = 0;
};

// All of a collection.
struct Bodies {
    std::span<const std::uint32_t> words;
    std::span<const std::uint8_t> flags;
    std::span<const std::int64_t> offsets;
    std::span<const std::int32_t> prose_words;
    Masks masks;
    std::span<const std::uint16_t> letters = {};  // of misread ones; see MadeLetters
    std::span<const std::int64_t> letter_offsets = {};  // empty: none is

    std::span<const std::uint16_t> letters_of(std::size_t story) const {
        return letter_offsets.empty() ? letters : row(letters, letter_offsets, story);
    }
    Body of(std::size_t story) const {
        return {row(words, offsets, story), row(flags, offsets, story), prose_words[story]};
    }
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
    std::int32_t shingle_words;
    std::int32_t passage_words;  // passages of at least this many words are "long"
    std::int32_t overlap_words;  // and of this many enough for an overlap by themselves
    std::int32_t reused_words;  // that one side alone has in quotation marks are prose
    double contained;  // coverage from which on a story is a copy
    std::span<const std::uint32_t> speech_words =
        {};  // of speakers and those whom they speak to, ascending
};

// A word of one body and its counterpart: -1 none; how it was found.
using Found = std::uint8_t;
inline constexpr Found kUnmatched = 0, kExact = 1, kAlike = 2, kBridged = 3, kSentence = 4;

struct Matches {
    // Begins with another a, of which no word is matched.
    void take_a(std::size_t words);
    // Begins with another b: of a only what was touched is forgotten.
    void take_b(std::size_t words);
    void touch(std::size_t first, std::size_t end);
    // Puts what was touched in order; stretches apart by up to so many words become one.
    void join_touched(std::size_t apart);

    std::vector<std::int32_t> to_b, to_a;  // per word of a: its word in b, and back
    std::vector<std::uint8_t> how_a, how_b;  // Found
    std::vector<std::uint8_t> flags;  // per word of b: its own and its counterpart's
    std::vector<Stretch> touched;  // of a: outside them no word is matched
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

void drop_stray_runs(const AlignRule& rule, std::int32_t smaller, std::vector<Run>& runs);
// Words in a row are alike by `near`, those between two runs by `between`.
void match_words(const Body& a, const Body& b, const Masks& masks, const Gap& near, Gap& between,
                 const AlignRule& rule, const std::vector<Run>& runs, Matches& matches);
// Whether words that were matched, those in long passages alone, could be enough for any relation,
// whichever way round the two are aligned; where not, the pair may be measured as unrelated.
bool may_relate(const Body& a, const Counts& of_a, const Body& b, const AlignRule& rule,
                const Matches& matches);
void flag_words(const Body& a, const Body& b, const AlignRule& rule, Matches& matches);
// Words in passages of fewer than seed_words are no longer matched.
void find_passages(const AlignRule& rule, Matches& matches, std::vector<Passage>& passages);
// What is measured where no run was found.
Measures measure_unrelated(const Body& a, const Body& b, const AlignRule& rule);
Measures measure(const Body& a, const Counts& of_a, const Body& b, const AlignRule& rule,
                 Matches& matches, const std::vector<Passage>& passages);

}  // namespace dupdetect

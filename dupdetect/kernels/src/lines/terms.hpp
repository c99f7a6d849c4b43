// Phrases and words that say what a line is: looked for in its words, case and marks folded.
#pragma once

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/arrays.hpp"

namespace dupdetect {

// What a term says of a line, by where it stands in it.
enum class Term : std::uint8_t {
    kFurniture,  // anywhere: the line is furniture
    kOpening,  // at the start: a caption
    kPictureOpening,  // at the start, with a picture soon after: a caption
    kPicture,  // what such an opening speaks of
    kCaption,  // anywhere: a caption
    kCaptionHint,  // anywhere: perhaps
    kPlayer,  // the whole line: a player's button
    kAgency,  // at either end of a short line: a credit
    kCreditOpening,  // at the start of one: a credit
    kByline,  // at the start of one: none
    kMonth,
    kWeekday,
    kSide,
    kBeforeSide,
    kAnd,  // "(second from left and"
    kCutShort,  // at the end: a teaser
    kGallery,  // anywhere: what stands up to the next such line are captions
    kGalleryTitle,  // at the start of several lines: captions
    kSignOff,  // at the start of a credit: of a story, not of a picture
};
inline constexpr std::size_t kTerms = 19;

class TermTable {
public:
    // Terms one after the other, the words that a line may have (negative: any number), and kinds.
    TermTable(std::span<const std::uint64_t> tokens, std::span<const std::int64_t> offsets,
              std::span<const std::int32_t> most_words, std::span<const std::uint8_t> kinds);

    // Whether it was made of these.
    bool is_of(std::span<const std::uint64_t> tokens, std::span<const std::int64_t> offsets,
               std::span<const std::int32_t> most_words, std::span<const std::uint8_t> kinds) const;

    // Calls found(kind, at, words) for every term in the words of a line, but for those that stand
    // next to others only (is_word): they are the most frequent words of a language. Terms that
    // count at the start of a line only are looked for there.
    template <typename Found>
    void search(std::span<const std::uint64_t> line, Found&& found) const {
        if (line.empty()) return;
        if (may_begin_line_[bit(line[0])]) look(line, 0, found);
        for (std::size_t t = 1; t + 1 < line.size(); ++t) {
            if (may_be_word_[bit(line[t])] | may_begin_[bit(line[t], line[t + 1])])
                look(line, t, found);
        }
        if (line.size() > 1 && may_be_word_[bit(line.back())]) look(line, line.size() - 1, found);
    }

    // Whether a word by itself is such a term.
    bool is_word(std::uint64_t word, Term kind) const {
        for (const Entry& entry : beginning_with(word)) {
            if (entry.first == word && entry.kind == kind && term_of(entry).size() == 1 &&
                most_words_[entry.term] != 0)
                return true;
        }
        return false;
    }

private:
    struct Entry {
        std::uint64_t first;  // word
        std::size_t term;
        Term kind;
    };

    std::span<const std::uint64_t> term_of(const Entry& entry) const {
        return row(std::span<const std::uint64_t>(tokens_), std::span<const std::int64_t>(offsets_),
                   entry.term);
    }

    static constexpr std::size_t kBits = 1U << 16U;

    static std::size_t bit(std::uint64_t word) { return word % kBits; }
    static std::size_t bit(std::uint64_t word, std::uint64_t next) {
        return (word ^ next * 0x9E3779B97F4A7C15ULL) >> 48U;
    }

    template <typename Found>
    void look(std::span<const std::uint64_t> line, std::size_t t, Found&& found) const {
        for (const Entry& entry : beginning_with(line[t])) {
            if (entry.first != line[t] || next_to_others(entry.kind)) continue;
            if (t > 0 && at_start_only(entry.kind)) continue;
            const auto term = term_of(entry);
            if (line.size() > static_cast<std::size_t>(most_words_[entry.term])) continue;
            if (t + term.size() > line.size()) continue;
            if (!std::equal(term.begin(), term.end(),
                            line.begin() + static_cast<std::ptrdiff_t>(t)))
                continue;
            found(entry.kind, t, term.size());
        }
    }

    static bool at_start_only(Term kind) {
        return kind == Term::kOpening || kind == Term::kPictureOpening ||
               kind == Term::kCreditOpening || kind == Term::kByline ||
               kind == Term::kGalleryTitle || kind == Term::kSignOff;
    }
    static bool next_to_others(Term kind) {
        return kind == Term::kBeforeSide || kind == Term::kAnd || kind == Term::kWeekday;
    }
    static constexpr std::size_t kBuckets = 4096;

    // The terms of one bucket, by the lowest bits of their first words.
    std::span<const Entry> beginning_with(std::uint64_t word) const {
        const std::size_t bucket = word % kBuckets;
        return std::span(entries_).subspan(buckets_[bucket],
                                           buckets_[bucket + 1] - buckets_[bucket]);
    }

    std::vector<std::uint64_t> tokens_;
    std::vector<std::int64_t> offsets_;
    std::vector<std::int32_t> most_words_;
    std::vector<std::uint8_t> kinds_;
    std::vector<Entry> entries_;
    std::vector<std::size_t> buckets_;  // where each one's entries begin
    // By bits of the hashes of words, of which most are in no term: a first word at the start of a
    // line, a term of one word, and the first two words of a longer one.
    std::bitset<kBits> may_begin_line_, may_be_word_, may_begin_;
};

// The table of some terms; one of the last that were made where these are the same. All stories are
// read with the same terms, and one story takes less time than a table.
std::shared_ptr<const TermTable> table_of(std::span<const std::uint64_t> tokens,
                                          std::span<const std::int64_t> offsets,
                                          std::span<const std::int32_t> most_words,
                                          std::span<const std::uint8_t> kinds);

}  // namespace dupdetect

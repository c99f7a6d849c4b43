// Phrases and words that say what a line is: looked for in its words, case and marks folded.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
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
};
inline constexpr std::size_t kTerms = 18;

class TermTable {
public:
    // Terms one after the other, the words that a line may have (negative: any number), and kinds.
    TermTable(std::span<const std::uint64_t> tokens, std::span<const std::int64_t> offsets,
              std::span<const std::int32_t> most_words, std::span<const std::uint8_t> kinds);

    // Calls found(kind, at, words) for every term in the words of a line.
    template <typename Found>
    void search(std::span<const std::uint64_t> line, Found&& found) const {
        for (std::size_t t = 0; t < line.size(); ++t) {
            if (!may_begin_[line[t] % may_begin_.size()]) continue;
            const auto [first, last] = by_first_.equal_range(line[t]);
            for (auto it = first; it != last; ++it) {
                const auto term = row(tokens_, offsets_, it->second);
                if (line.size() > static_cast<std::size_t>(most_words_[it->second])) continue;
                if (t + term.size() > line.size()) continue;
                if (!std::equal(term.begin(), term.end(),
                                line.begin() + static_cast<std::ptrdiff_t>(t)))
                    continue;
                found(static_cast<Term>(kinds_[it->second]), t, term.size());
            }
        }
    }

private:
    std::span<const std::uint64_t> tokens_;
    std::span<const std::int64_t> offsets_;
    std::span<const std::int32_t> most_words_;
    std::span<const std::uint8_t> kinds_;
    std::unordered_multimap<std::uint64_t, std::size_t> by_first_;
    std::array<std::uint8_t, 8192> may_begin_{};  // by the lowest bits of a first word: most do not
};

}  // namespace dupdetect

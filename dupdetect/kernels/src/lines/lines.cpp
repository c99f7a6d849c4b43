// Lines of all stories: their keys, words and what they are by themselves.
#include <algorithm>
#include <numeric>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/last_made.hpp"
#include "common/parallel.hpp"
#include "lines/page.hpp"
#include "lines/terms.hpp"
#include "sketch/shingle.hpp"
#include "text/story.hpp"

namespace dupdetect {
namespace {

struct LineTable {
    std::vector<std::uint64_t> keys;
    std::vector<std::uint32_t> words;
    std::vector<std::uint8_t> flags;
    std::vector<std::int64_t> counts;
};

// A polynomial over words, finalized. Four words a step: a step waits for the one before it.
std::uint64_t key_of(std::span<const std::uint64_t> words) {
    constexpr std::uint64_t kSecond = kShingleBase * kShingleBase, kThird = kSecond * kShingleBase;
    constexpr std::uint64_t kFourth = kThird * kShingleBase;
    std::uint64_t key = 0;
    std::size_t t = 0;
    for (; t < words.size() % 4; ++t) key = key * kShingleBase + words[t];
    for (; t < words.size(); t += 4) {
        const auto four = words.subspan(t).first<4>();
        key = key * kFourth +
              (four[0] * kThird + four[1] * kSecond + four[2] * kShingleBase + four[3]);
    }
    return mix64(key);
}

void scan_story(Bytes text, const Story& story, PageReader& reader, LineTable& table) {
    for (const Line& line : story.lines) {
        const std::uint32_t words = line.token_end - line.token_begin;
        table.keys.push_back(key_of(std::span(story.zeroed).subspan(line.token_begin, words)));
        table.words.push_back(words);
    }
    const std::vector<std::uint8_t>& flags = reader.read(text, story);
    table.flags.insert(table.flags.end(), flags.begin(), flags.end());
    table.counts.push_back(static_cast<std::int64_t>(story.lines.size()));
}

}  // namespace

TermTable::TermTable(std::span<const std::uint64_t> tokens, std::span<const std::int64_t> offsets,
                     std::span<const std::int32_t> most_words, std::span<const std::uint8_t> kinds)
    : tokens_(tokens.begin(), tokens.end()),
      offsets_(offsets.begin(), offsets.end()),
      most_words_(most_words.begin(), most_words.end()),
      kinds_(kinds.begin(), kinds.end()) {
    check_offsets(offsets, tokens.size(), "term_offsets");
    check_equal(most_words.size(), offsets.size() - 1, "term_most_words");
    check_equal(kinds.size(), offsets.size() - 1, "term_kinds");
    for (std::size_t p = 0; p + 1 < offsets.size(); ++p) {
        if (kinds[p] >= kTerms)
            throw std::invalid_argument("term_kinds: " + std::to_string(kinds[p]) + " is no kind");
        const auto term = row(tokens, offsets, p);
        if (term.empty()) continue;
        entries_.push_back({term.front(), p, static_cast<Term>(kinds[p])});
        const Term kind = entries_.back().kind;
        if (next_to_others(kind)) continue;
        may_begin_line_.set(bit(term.front()));
        if (at_start_only(kind)) continue;
        if (term.size() == 1)
            may_be_word_.set(bit(term.front()));
        else
            may_begin_.set(bit(term[0], term[1]));
    }
    const auto bucket = [](const Entry& entry) { return entry.first % kBuckets; };
    std::ranges::stable_sort(entries_, {}, bucket);
    buckets_.assign(kBuckets + 1, 0);
    for (const Entry& entry : entries_) ++buckets_[bucket(entry) + 1];
    std::partial_sum(buckets_.begin(), buckets_.end(), buckets_.begin());
}

bool TermTable::is_of(std::span<const std::uint64_t> tokens, std::span<const std::int64_t> offsets,
                      std::span<const std::int32_t> most_words,
                      std::span<const std::uint8_t> kinds) const {
    return std::ranges::equal(tokens_, tokens) && std::ranges::equal(offsets_, offsets) &&
           std::ranges::equal(most_words_, most_words) && std::ranges::equal(kinds_, kinds);
}

std::shared_ptr<const TermTable> table_of(std::span<const std::uint64_t> tokens,
                                          std::span<const std::int64_t> offsets,
                                          std::span<const std::int32_t> most_words,
                                          std::span<const std::uint8_t> kinds) {
    static LastMade<TermTable> last;
    return last.of(tokens, offsets, most_words, kinds);
}

void bind_lines(nb::module_& module) {
    module.def(
        "have_terms",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::int64_t>& stories, const Input<std::uint64_t>& term_tokens,
           const Input<std::int64_t>& term_offsets, int threads) {
            const auto rows = view(offsets);
            check_offsets(rows, text.size(), "offsets");
            check_offsets(view(term_offsets), term_tokens.size(), "term_offsets");
            for (const std::int64_t story : view(stories)) {
                if (story < 0 || static_cast<std::size_t>(story) + 1 >= rows.size())
                    throw std::invalid_argument("stories: " + std::to_string(story) +
                                                " is no story's number");
            }
            const std::vector<std::int32_t> any_words(term_offsets.size() - 1, -1);
            const std::vector<std::uint8_t> kinds(any_words.size(),
                                                  static_cast<std::uint8_t>(Term::kFurniture));
            const auto terms = table_of(view(term_tokens), view(term_offsets), any_words, kinds);
            std::vector<std::uint8_t> have(stories.size(), 0);
            {
                const nb::gil_scoped_release release;
                const auto work = [&](Story& story, std::size_t first, std::size_t last) {
                    for (std::size_t k = first; k < last; ++k) {
                        const auto number = static_cast<std::size_t>(view(stories)[k]);
                        prepare(row(view(text), rows, number), {}, story);
                        for (const Line& line : story.lines) {
                            const auto words =
                                std::span(story.hashes)
                                    .subspan(line.token_begin, line.token_end - line.token_begin);
                            terms->search(words,
                                          [&](Term, std::size_t, std::size_t) { have[k] = 1; });
                        }
                    }
                };
                constexpr std::size_t kChunk = 256;
                parallel_chunks(have.size(), threads, kChunk, [] { return Story{}; }, work);
            }
            return to_numpy(std::move(have));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("stories"), nb::arg("term_tokens"),
        nb::arg("term_offsets"), nb::arg("threads"));

    module.def(
        "scan_lines",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint64_t>& term_tokens, const Input<std::int64_t>& term_offsets,
           const Input<std::int32_t>& term_most_words, const Input<std::uint8_t>& term_kinds,
           int threads) {
            const auto rows = view(offsets);
            check_offsets(rows, text.size(), "offsets");
            const auto terms = table_of(view(term_tokens), view(term_offsets),
                                        view(term_most_words), view(term_kinds));
            LineTable all;
            std::vector<std::int64_t> line_offsets{0};
            {
                const nb::gil_scoped_release release;
                constexpr std::size_t kChunk = 256;
                std::vector<LineTable> parts((rows.size() - 1 + kChunk - 1) / kChunk);
                parallel_chunks(rows.size() - 1, threads, kChunk,
                                [&](std::size_t first, std::size_t last) {
                                    Story story;
                                    PageReader reader(*terms);
                                    for (std::size_t i = first; i < last; ++i) {
                                        const Bytes one = row(view(text), rows, i);
                                        prepare(one, {.zeroed = true}, story);
                                        scan_story(one, story, reader, parts[first / kChunk]);
                                    }
                                });
                for (LineTable& part : parts) {
                    all.keys.insert(all.keys.end(), part.keys.begin(), part.keys.end());
                    all.words.insert(all.words.end(), part.words.begin(), part.words.end());
                    all.flags.insert(all.flags.end(), part.flags.begin(), part.flags.end());
                    for (const auto count : part.counts)
                        line_offsets.push_back(line_offsets.back() + count);
                    part = {};
                }
            }
            return nb::make_tuple(to_numpy(std::move(line_offsets)), to_numpy(std::move(all.keys)),
                                  to_numpy(std::move(all.words)), to_numpy(std::move(all.flags)));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("term_tokens"), nb::arg("term_offsets"),
        nb::arg("term_most_words"), nb::arg("term_kinds"), nb::arg("threads"));
}

}  // namespace dupdetect

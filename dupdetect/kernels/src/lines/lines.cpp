// Lines of all stories: their keys, words and phrases.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "sketch/shingle.hpp"
#include "text/story.hpp"

namespace dupdetect {
namespace {

struct Phrases {
    std::span<const std::uint64_t> tokens;
    std::span<const std::int64_t> offsets;
    std::span<const std::int32_t> most_words;
    std::unordered_multimap<std::uint64_t, std::size_t> by_first;
    std::array<std::uint8_t, 4096> may_begin{};  // by the lowest bits of a first word: most do not

    void add(std::uint64_t first, std::size_t phrase) {
        by_first.emplace(first, phrase);
        may_begin[first % may_begin.size()] = 1;
    }
};

bool has_phrase(const Phrases& phrases, std::span<const std::uint64_t> line) {
    for (std::size_t t = 0; t < line.size(); ++t) {
        if (!phrases.may_begin[line[t] % phrases.may_begin.size()]) continue;
        const auto [first, last] = phrases.by_first.equal_range(line[t]);
        for (auto it = first; it != last; ++it) {
            const auto phrase = row(phrases.tokens, phrases.offsets, it->second);
            if (line.size() <= static_cast<std::size_t>(phrases.most_words[it->second]) &&
                t + phrase.size() <= line.size() &&
                std::equal(phrase.begin(), phrase.end(), line.begin() + static_cast<long>(t))) {
                return true;
            }
        }
    }
    return false;
}

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

void scan_story(const Story& story, const Phrases& phrases, LineTable& table) {
    for (const Line& line : story.lines) {
        const std::uint32_t words = line.token_end - line.token_begin;
        const auto tokens = std::span(story.hashes).subspan(line.token_begin, words);
        table.keys.push_back(key_of(std::span(story.zeroed).subspan(line.token_begin, words)));
        table.words.push_back(words);
        table.flags.push_back(static_cast<std::uint8_t>(
            (line.ends_sentence ? kEndsSentence : 0) | (line.ends_colon ? kEndsColon : 0) |
            (has_phrase(phrases, tokens) ? kHasPhrase : 0)));
    }
    table.counts.push_back(static_cast<std::int64_t>(story.lines.size()));
}

}  // namespace

void bind_lines(nb::module_& module) {
    module.def(
        "scan_lines",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint64_t>& phrase_tokens, const Input<std::int64_t>& phrase_offsets,
           const Input<std::int32_t>& phrase_most_words, int threads) {
            const auto rows = view(offsets);
            check_offsets(rows, text.size(), "offsets");
            Phrases phrases{
                view(phrase_tokens), view(phrase_offsets), view(phrase_most_words), {}, {}};
            check_offsets(phrases.offsets, phrases.tokens.size(), "phrase_offsets");
            check_equal(phrases.most_words.size(), phrases.offsets.size() - 1, "phrase_most_words");
            for (std::size_t p = 0; p + 1 < phrases.offsets.size(); ++p) {
                const auto phrase = row(phrases.tokens, phrases.offsets, p);
                if (!phrase.empty()) phrases.add(phrase.front(), p);
            }
            LineTable all;
            std::vector<std::int64_t> line_offsets{0};
            {
                const nb::gil_scoped_release release;
                constexpr std::size_t kChunk = 256;
                std::vector<LineTable> parts((rows.size() - 1 + kChunk - 1) / kChunk);
                parallel_chunks(rows.size() - 1, threads, kChunk,
                                [&](std::size_t first, std::size_t last) {
                                    Story story;
                                    for (std::size_t i = first; i < last; ++i) {
                                        prepare(row(view(text), rows, i), {.zeroed = true}, story);
                                        scan_story(story, phrases, parts[first / kChunk]);
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
        nb::arg("text"), nb::arg("offsets"), nb::arg("phrase_tokens"), nb::arg("phrase_offsets"),
        nb::arg("phrase_most_words"), nb::arg("threads"));
}

}  // namespace dupdetect

// What each line is taken for, and how often lines are printed.
#include <algorithm>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/key_table.hpp"
#include "common/parallel.hpp"
#include "text/story.hpp"

namespace dupdetect {
namespace {

struct Limits {
    std::int64_t doubtful_words, caption_words, caption_lines;
    bool phrases;
    double least_prose;
};

struct StoryLines {
    std::span<const std::uint32_t> words;
    std::span<const std::uint8_t> flags;
    std::span<std::uint8_t> repeated, status;

    std::size_t size() const { return words.size(); }
    bool is_open(std::size_t line) const { return (flags[line] & kEndsSentence) == 0; }
    bool is_shorter(std::size_t line, std::int64_t than) const {
        return std::int64_t{words[line]} < than;
    }

    std::uint64_t words_left() const {
        std::uint64_t sum = 0;
        for (std::size_t line = 0; line < size(); ++line) sum += repeated[line] ? 0 : words[line];
        return sum;
    }
};

// Open lines that stand nearly alone with prose behind them.
void mark_captions(const StoryLines& story, const Limits& limits) {
    std::size_t prose = 0;  // the last line of it
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (!story.is_open(line) && story.status[line] == kBody && !story.repeated[line])
            prose = line;
    }
    for (std::size_t first = 0, last = 0; first < prose; first = last + 1) {
        for (last = first; last < story.size() && story.is_open(last);) ++last;
        if (static_cast<std::int64_t>(last - first) > limits.caption_lines) continue;
        for (std::size_t line = first; line < last; ++line) {
            if (story.is_shorter(line, limits.caption_words) && story.status[line] == kBody &&
                (story.flags[line] & kEndsColon) == 0) {
                story.status[line] = kDoubtful;
            }
        }
    }
}

void judge_story(const StoryLines& story, const Limits& limits) {
    if (story.words_left() == 0) std::ranges::fill(story.repeated, std::uint8_t{0});
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (story.is_open(line) && story.is_shorter(line, limits.doubtful_words)) {
            story.status[line] = kDoubtful;
        }
        if (limits.phrases && (story.flags[line] & kHasPhrase) != 0)
            story.status[line] = kFurniture;
    }
    mark_captions(story, limits);
    std::uint64_t prose = 0;
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (!story.repeated[line] && story.status[line] == kBody) prose += story.words[line];
    }
    if (static_cast<double>(prose) < limits.least_prose * static_cast<double>(story.words_left())) {
        std::ranges::fill(story.status, kBody);
    }
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (story.repeated[line]) story.status[line] = kFurniture;
    }
}

}  // namespace

void bind_status(nb::module_& module) {
    module.def(
        "line_status",
        [](const Input<std::int64_t>& line_offsets, const Input<std::uint32_t>& words,
           const Input<std::uint8_t>& flags, const Input<std::uint8_t>& repeated,
           std::int64_t doubtful_words, std::int64_t caption_words, std::int64_t caption_lines,
           bool phrases, double least_prose, int threads) {
            constexpr std::size_t kChunk = 512;
            const auto rows = view(line_offsets);
            check_offsets(rows, words.size(), "line_offsets");
            check_equal(flags.size(), words.size(), "flags");
            check_equal(repeated.size(), words.size(), "repeated");
            const Limits limits{doubtful_words, caption_words, caption_lines, phrases, least_prose};
            const auto marks = view(repeated);
            std::vector<std::uint8_t> left(marks.begin(), marks.end());
            std::vector<std::uint8_t> status(words.size(), kBody);
            {
                const nb::gil_scoped_release release;
                parallel_chunks(
                    rows.size() - 1, threads, kChunk, [&](std::size_t begin, std::size_t end) {
                        for (std::size_t story = begin; story < end; ++story) {
                            const auto first = static_cast<std::size_t>(rows[story]);
                            const auto size = static_cast<std::size_t>(rows[story + 1]) - first;
                            judge_story(
                                {view(words).subspan(first, size), view(flags).subspan(first, size),
                                 std::span(left).subspan(first, size),
                                 std::span(status).subspan(first, size)},
                                limits);
                        }
                    });
            }
            return nb::make_tuple(to_numpy(std::move(status)), to_numpy(std::move(left)));
        },
        nb::arg("line_offsets"), nb::arg("words"), nb::arg("flags"), nb::arg("repeated"),
        nb::arg("doubtful_words"), nb::arg("caption_words"), nb::arg("caption_lines"),
        nb::arg("phrases"), nb::arg("least_prose"), nb::arg("threads"));

    module.def(
        "count_equal",
        [](const Input<std::uint64_t>& keys, const Input<std::uint8_t>& chosen) {
            check_equal(chosen.size(), keys.size(), "chosen");
            std::vector<std::int64_t> first, counts;
            {
                const nb::gil_scoped_release release;
                KeyTable table(random_seed());
                for (std::size_t i = 0; i < keys.size(); ++i) {
                    if (!view(chosen)[i]) continue;
                    std::uint64_t& number = table[view(keys)[i]];
                    if (number == 0) {
                        first.push_back(static_cast<std::int64_t>(i));
                        counts.push_back(0);
                        number = first.size();
                    }
                    ++counts[number - 1];
                }
            }
            return nb::make_tuple(to_numpy(std::move(first)), to_numpy(std::move(counts)));
        },
        nb::arg("keys"), nb::arg("chosen"));
}

}  // namespace dupdetect

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
    std::uint8_t taken;  // flags of which each makes a line furniture
    std::uint64_t least_body;
};

struct StoryLines {
    std::span<const std::uint32_t> words;
    std::span<const std::uint8_t> flags, verdicts;
    std::span<std::uint8_t> status;

    std::size_t size() const { return words.size(); }
    bool is_open(std::size_t line) const { return (flags[line] & kEndsSentence) == 0; }
    bool is_shorter(std::size_t line, std::int64_t than) const {
        return std::int64_t{words[line]} < than;
    }
    bool repeats(std::size_t line) const { return verdicts[line] == kFurniture; }

    std::uint64_t words_of(std::uint8_t wanted) const {
        std::uint64_t sum = 0;
        for (std::size_t line = 0; line < size(); ++line)
            sum += status[line] == wanted ? words[line] : 0;
        return sum;
    }
};

// Open lines that stand nearly alone with prose behind them.
void mark_captions(const StoryLines& story, const Limits& limits) {
    std::size_t prose = 0;  // the last line of it
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (!story.is_open(line) && story.status[line] == kBody && !story.repeats(line))
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

// With too little body left, what only this page makes furniture comes back, but not as prose; and
// lines that other pages print, too, where there are no others.
void bring_back(const StoryLines& story, std::uint64_t least_body) {
    std::uint64_t own = 0;
    for (std::size_t line = 0; line < story.size(); ++line) {
        own += story.repeats(line) ? 0 : story.words[line];
    }
    const std::uint64_t body = story.words_of(kBody);
    if (body >= least_body || (2 * body >= own && own > 0)) return;
    for (std::size_t line = 0; line < story.size(); ++line) {
        story.status[line] = story.repeats(line) && own > 0 ? kFurniture : kWeak;
    }
}

void decide_story(const StoryLines& story, const Limits& limits) {
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (story.is_open(line) && story.is_shorter(line, limits.doubtful_words)) {
            story.status[line] = kDoubtful;
        }
        if ((story.flags[line] & limits.taken) != 0) story.status[line] = kFurniture;
    }
    mark_captions(story, limits);
    for (std::size_t line = 0; line < story.size(); ++line) {
        if (story.repeats(line)) story.status[line] = kFurniture;
        if (story.verdicts[line] == kStanding && story.status[line] != kFurniture)
            story.status[line] = kStanding;
    }
    bring_back(story, limits.least_body);
}

}  // namespace

void bind_status(nb::module_& module) {
    module.def(
        "line_status",
        [](const Input<std::int64_t>& line_offsets, const Input<std::uint32_t>& words,
           const Input<std::uint8_t>& flags, const Input<std::uint8_t>& verdicts,
           std::int64_t doubtful_words, std::int64_t caption_words, std::int64_t caption_lines,
           std::uint8_t taken, std::uint64_t least_body, int threads) {
            constexpr std::size_t kChunk = 512;
            const auto rows = view(line_offsets);
            check_offsets(rows, words.size(), "line_offsets");
            check_equal(flags.size(), words.size(), "flags");
            check_equal(verdicts.size(), words.size(), "verdicts");
            const Limits limits{doubtful_words, caption_words, caption_lines, taken, least_body};
            std::vector<std::uint8_t> status(words.size(), kBody);
            {
                const nb::gil_scoped_release release;
                parallel_chunks(
                    rows.size() - 1, threads, kChunk, [&](std::size_t begin, std::size_t end) {
                        for (std::size_t story = begin; story < end; ++story) {
                            const auto first = static_cast<std::size_t>(rows[story]);
                            const auto size = static_cast<std::size_t>(rows[story + 1]) - first;
                            decide_story(
                                {view(words).subspan(first, size), view(flags).subspan(first, size),
                                 view(verdicts).subspan(first, size),
                                 std::span(status).subspan(first, size)},
                                limits);
                        }
                    });
            }
            return to_numpy(std::move(status));
        },
        nb::arg("line_offsets"), nb::arg("words"), nb::arg("flags"), nb::arg("verdicts"),
        nb::arg("doubtful_words"), nb::arg("caption_words"), nb::arg("caption_lines"),
        nb::arg("taken"), nb::arg("least_body"), nb::arg("threads"));

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

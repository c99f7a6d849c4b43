// What each line is taken for, and how often lines are printed.
#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

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

// Which lines of a story stand in it before, byte for byte. A text is split where keys are equal.
class TwiceReader {
public:
    void read(Bytes text, std::span<const std::uint64_t> keys, std::span<const std::uint8_t> chosen,
              std::span<std::uint8_t> before) {
        lines_.clear();
        for (std::size_t line = 0; line < keys.size(); ++line)
            if (chosen[line]) lines_.emplace_back(keys[line], line);
        std::ranges::sort(lines_);
        const auto is_other = [](const auto& a, const auto& b) { return a.first == b.first; };
        if (std::ranges::adjacent_find(lines_, is_other) == lines_.end()) return;
        split_words(text, story_);
        if (keys.size() != story_.lines.size())
            throw std::invalid_argument("line_offsets: lines do not belong to these texts");
        seen_.clear();
        for (const auto& [key, number] : lines_) {
            const Line& line = story_.lines[number];
            const std::size_t start = story_.starts[line.token_begin];
            const Bytes bytes = text.subspan(start, story_.ends[line.token_end - 1] - start);
            const auto as_text =
                std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            before[number] = !seen_.insert(as_text).second;
        }
    }

private:
    Story story_;
    std::vector<std::pair<std::uint64_t, std::size_t>> lines_;  // by key, and as they stand
    std::set<std::string_view> seen_;
};

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
        "printed_before",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::int64_t>& line_offsets, const Input<std::uint64_t>& keys,
           const Input<std::uint8_t>& chosen, int threads) {
            const auto rows = view(offsets), line_rows = view(line_offsets);
            check_offsets(rows, text.size(), "offsets");
            check_offsets(line_rows, keys.size(), "line_offsets");
            check_equal(line_rows.size(), rows.size(), "line_offsets");
            check_equal(chosen.size(), keys.size(), "chosen");
            std::vector<std::uint8_t> before(keys.size(), 0);
            {
                const nb::gil_scoped_release release;
                constexpr std::size_t kChunk = 512;
                const auto work = [&](TwiceReader& reader, std::size_t first, std::size_t last) {
                    for (std::size_t story = first; story < last; ++story) {
                        const auto at = static_cast<std::size_t>(line_rows[story]);
                        const auto found = row(view(keys), line_rows, story);
                        reader.read(row(view(text), rows, story), found,
                                    view(chosen).subspan(at, found.size()),
                                    std::span(before).subspan(at, found.size()));
                    }
                };
                parallel_chunks(
                    rows.size() - 1, threads, kChunk, [] { return TwiceReader{}; }, work);
            }
            return to_numpy(std::move(before));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_offsets"), nb::arg("keys"),
        nb::arg("chosen"), nb::arg("threads"));

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

// Where the furniture of each story stands, in characters: what views mark and never count.
#include <algorithm>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "text/bits.hpp"
#include "text/story.hpp"

namespace dupdetect {
namespace {

struct Part {
    std::vector<std::int64_t> spans, counts;
};

// Neighbouring lines of furniture make one span.
void add_spans(Bytes text, const Story& story, std::span<const std::uint8_t> status, Part& part) {
    std::uint32_t byte = 0;
    std::int64_t character = 0;
    const auto character_at = [&](std::uint32_t at) {
        character += count_characters(text.subspan(byte, at - byte));
        byte = at;
        return character;
    };
    std::int64_t count = 0;
    for (std::size_t line = 0; line < status.size(); ++line) {
        if (status[line] != kFurniture) continue;
        part.spans.push_back(character_at(story.starts[story.lines[line].token_begin]));
        while (line + 1 < status.size() && status[line + 1] == kFurniture) ++line;
        part.spans.push_back(character_at(story.ends[story.lines[line].token_end - 1]));
        ++count;
    }
    part.counts.push_back(count);
}

}  // namespace

void bind_furniture(nb::module_& module) {
    module.def(
        "furniture_spans",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           int threads) {
            const auto rows = view(offsets), line_rows = view(line_offsets);
            check_offsets(rows, text.size(), "offsets");
            check_offsets(line_rows, line_status.size(), "line_offsets");
            check_equal(line_rows.size(), rows.size(), "line_offsets");
            constexpr std::size_t kChunk = 256;
            std::vector<Part> parts((rows.size() - 1 + kChunk - 1) / kChunk);
            {
                const nb::gil_scoped_release release;
                const auto work = [&](Story& story, std::size_t first, std::size_t last) {
                    for (std::size_t i = first; i < last; ++i) {
                        const auto status = row(view(line_status), line_rows, i);
                        if (std::ranges::find(status, kFurniture) == status.end()) {
                            parts[first / kChunk].counts.push_back(0);
                            continue;
                        }
                        const Bytes one = row(view(text), rows, i);
                        split_words(one, story);
                        if (status.size() != story.lines.size())
                            throw std::invalid_argument(
                                "line_offsets: lines do not belong to these texts");
                        add_spans(one, story, status, parts[first / kChunk]);
                    }
                };
                parallel_chunks(rows.size() - 1, threads, kChunk, [] { return Story{}; }, work);
            }
            std::vector<std::int64_t> span_offsets{0}, spans;
            for (const Part& part : parts) {
                spans.insert(spans.end(), part.spans.begin(), part.spans.end());
                for (const auto count : part.counts)
                    span_offsets.push_back(span_offsets.back() + count);
            }
            return nb::make_tuple(to_numpy(std::move(span_offsets)), to_numpy(std::move(spans), 2));
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::arg("threads"));
}

}  // namespace dupdetect

// Measuring pairs of stories by their raw texts, a row of numbers for each.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/parallel.hpp"
#include "text/story.hpp"

namespace dupdetect {

struct PairTexts {
    Bytes text;
    std::span<const std::int64_t> offsets;
    std::span<const std::uint8_t> line_status;
    std::span<const std::int64_t> line_offsets;
};

// std::invalid_argument where offsets leave the data, lines do not belong to the texts, or a story
// of a pair does not exist.
inline void check_pairs(const PairTexts& texts, std::span<const std::int64_t> first,
                        std::span<const std::int64_t> second, const char* second_name) {
    check_offsets(texts.offsets, texts.text.size(), "offsets");
    check_offsets(texts.line_offsets, texts.line_status.size(), "line_offsets");
    check_equal(texts.line_offsets.size(), texts.offsets.size(), "line_offsets");
    check_equal(second.size(), first.size(), second_name);
    const auto stories = static_cast<std::int64_t>(texts.offsets.size()) - 1;
    for (std::size_t p = 0; p < first.size(); ++p) {
        if (std::min(first[p], second[p]) >= 0 && std::max(first[p], second[p]) < stories) continue;
        throw std::invalid_argument("pair " + std::to_string(p) + ": story numbers are 0 to " +
                                    std::to_string(stories - 1));
    }
}

// A row of Values, a struct of 32-bit numbers, for each pair; each thread measures with what
// `make` gives it. Lets the interpreter's lock go.
template <class Values, class Make>
auto measure_pairs(std::span<const std::int64_t> first, std::span<const std::int64_t> second,
                   int threads, Make make) {
    constexpr std::size_t kColumns = sizeof(Values) / sizeof(std::int32_t), kChunk = 64;
    std::vector<std::int32_t> measures(first.size() * kColumns);
    {
        const nb::gil_scoped_release release;
        parallel_chunks(
            first.size(), threads, kChunk, make,
            [&](auto& measurer, std::size_t begin, std::size_t end) {
                for (std::size_t p = begin; p < end; ++p) {
                    const Values found = measurer.measure(static_cast<std::size_t>(first[p]),
                                                          static_cast<std::size_t>(second[p]));
                    std::ranges::copy(std::bit_cast<std::array<std::int32_t, kColumns>>(found),
                                      measures.begin() + static_cast<std::ptrdiff_t>(p * kColumns));
                }
            });
    }
    return to_numpy(std::move(measures), kColumns);
}

}  // namespace dupdetect

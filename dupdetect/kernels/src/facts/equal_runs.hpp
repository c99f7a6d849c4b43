// Runs of equal words in the order of both bodies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/runs.hpp"

namespace dupdetect {

using Hashes = std::span<const std::uint64_t>;

// `index` is that of a, `grams` are b's. Runs of up to `chance_words` words between wide gaps are
// left out.
void find_equal_runs(Hashes a, const GramIndex<std::uint64_t>& index, Hashes b, Hashes grams,
                     std::int32_t seed_words, std::int32_t chance_words, std::vector<Run>& runs);

}  // namespace dupdetect

// Runs of equal words in the order of both bodies.
#pragma once

#include <cstdint>
#include <vector>

#include "align/align.hpp"

namespace dupdetect {

// `grams` is the index of a. Runs of up to `chance_words` words between wide gaps are left out.
void find_equal_runs(const Body& a, const GramIndex& grams, const Body& b, const AlignRule& rule,
                     std::int32_t chance_words, std::vector<Run>& runs);

}  // namespace dupdetect

// Words that comparing looked at, counted so that a test may bound them without a clock.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dupdetect {

// Of the calling thread, since it began. What walks over the words of a text adds them.
std::uint64_t& looked_at();

inline void look_at(std::size_t words) { looked_at() += words; }

}  // namespace dupdetect

// Equal strings among many, without a Python object for each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dupdetect {

// For each string the index of the first one equal to it (its own where it is the first).
// SipHash keyed by the two seeds places the strings, so nobody can prepare ids that collide; the
// result does not depend on the seeds. Offsets ascend inside the data (checked by the caller).
std::vector<std::int64_t> find_first_equal(std::span<const std::uint8_t> data,
                                           std::span<const std::int64_t> offsets,
                                           std::uint64_t seed_low, std::uint64_t seed_high);

}  // namespace dupdetect

// Which vector instructions the kernels use. Results are the same with all of them.
#pragma once

#include <cstdint>

namespace dupdetect {

// AVX-512 here means what Ice Lake and Zen 4 have of it: F, BW, DQ, VL and VBMI2.
enum class Vectors : std::uint8_t { kNone, kAvx2, kAvx512 };

// The best of the processor, or less when that was asked for.
Vectors vectors();
void limit_vectors(Vectors most);

}  // namespace dupdetect

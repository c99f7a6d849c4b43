#include "align/gap.hpp"
#include "common/avx512.hpp"

#if defined(DUPDETECT_X86)

namespace dupdetect::avx512 {

DUPDETECT_AVX512 std::uint64_t equal(std::uint32_t word, std::span<const std::uint32_t> words) {
    constexpr std::size_t kLanes = 16;
    const __m512i one = every32(word);
    std::uint64_t bits = 0;
    for (std::size_t c = 0; c < words.size(); c += kLanes) {
        const std::size_t left = words.size() - c;
        const auto inside = static_cast<__mmask16>(left < kLanes ? (1U << left) - 1 : 0xFFFFU);
        const __m512i some = _mm512_maskz_loadu_epi32(inside, words.subspan(c).data());
        bits |= std::uint64_t{_mm512_mask_cmpeq_epi32_mask(inside, some, one)} << c;
    }
    return bits;
}

}  // namespace dupdetect::avx512
#endif

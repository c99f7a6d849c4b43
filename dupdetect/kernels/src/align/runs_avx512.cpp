#include "align/runs.hpp"
#include "common/avx512.hpp"

#if defined(__x86_64__)
#include <bit>

namespace dupdetect::avx512 {

DUPDETECT_AVX512 std::size_t filter(std::span<const std::uint32_t> grams,
                                    std::span<const std::uint64_t> bits, std::uint32_t factor,
                                    int shift, std::span<std::uint32_t> places) {
    constexpr std::size_t kLanes = 16;
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m128i right = _mm_cvtsi32_si128(shift);
    std::size_t count = 0;
    for (std::size_t j = 0; j < grams.size(); j += kLanes) {
        const std::size_t left = grams.size() - j;
        const auto inside = static_cast<__mmask16>(left < kLanes ? (1U << left) - 1 : 0xFFFFU);
        const __m512i some = _mm512_maskz_loadu_epi32(inside, grams.subspan(j).data());
        const __m512i bit = _mm512_srl_epi32(_mm512_mullo_epi32(some, every32(factor)), right);
        const __m512i halves = _mm512_mask_i32gather_epi32(
            _mm512_setzero_si512(), inside, _mm512_srli_epi32(bit, 5), bits.data(), 4);
        const __m512i one = _mm512_sllv_epi32(every32(1), _mm512_and_si512(bit, every32(31)));
        const __mmask16 found = _mm512_test_epi32_mask(halves, one);
        const __m512i at = _mm512_add_epi32(lanes, every32(static_cast<std::uint32_t>(j)));
        _mm512_storeu_si512(places.subspan(count, kLanes).data(),
                            _mm512_maskz_compress_epi32(found, at));
        count += static_cast<std::size_t>(std::popcount(static_cast<unsigned>(found)));
    }
    return count;
}

}  // namespace dupdetect::avx512
#endif

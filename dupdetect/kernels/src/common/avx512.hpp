// What all AVX-512 forms of the kernels need; see vectors.hpp.
#pragma once

#include "common/platform.hpp"

#if defined(DUPDETECT_X86)
#if !defined(__clang__)  // GCC 12 takes what its own header leaves open on purpose for a mistake
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <cstdint>

#define DUPDETECT_AVX512                                                         \
    __attribute__((                                                              \
        target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi,bmi2,popcnt," \
               "lzcnt")))

namespace dupdetect::avx512 {

DUPDETECT_AVX512 inline __m512i every8(char value) { return _mm512_set1_epi8(value); }
DUPDETECT_AVX512 inline __m512i every32(std::uint32_t value) {
    return _mm512_set1_epi32(static_cast<int>(value));
}
DUPDETECT_AVX512 inline __m512i every64(std::uint64_t value) {
    return _mm512_set1_epi64(static_cast<long long>(value));
}

}  // namespace dupdetect::avx512
#endif

// What compilers offer under different names.
#pragma once

#include <cstdint>

// The vector forms are written for GCC and Clang, which choose instructions function by function.
#if defined(__x86_64__) && !defined(_MSC_VER)
#define DUPDETECT_X86
#endif

#if defined(_MSC_VER)
#include <intrin.h>
#include <cstdlib>
#endif

namespace dupdetect {

// The low half of the product xor its high half.
inline std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) {
#if defined(_MSC_VER) && defined(_M_X64)
    std::uint64_t high = 0;
    const std::uint64_t low = _umul128(a, b, &high);
    return low ^ high;
#elif defined(_MSC_VER)
    return (a * b) ^ __umulh(a, b);
#else
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#endif
}

inline std::uint64_t swap_bytes(std::uint64_t value) {
#if defined(_MSC_VER)
    return _byteswap_uint64(value);
#else
    return __builtin_bswap64(value);
#endif
}

// Asks for the memory there before it is read; nothing follows from it but speed.
inline void fetch([[maybe_unused]] const void* place) {
#if !defined(_MSC_VER)
    __builtin_prefetch(place);
#endif
}

}  // namespace dupdetect

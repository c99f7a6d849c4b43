#include "text/utf8.hpp"

#include <algorithm>
#include <bit>

#include "common/avx512.hpp"
#include "common/vectors.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kBlock = 64;  // bytes that may be written behind what was asked for

std::size_t encode(std::uint32_t point, std::span<std::uint8_t, 4> to) {
    const auto tail = [&](unsigned shift) {
        return static_cast<std::uint8_t>(0x80U | (point >> shift & 0x3FU));
    };
    if (point < 0x80 || (point >= 0xD800 && point < 0xE000)) {
        to[0] = point < 0x80 ? static_cast<std::uint8_t>(point) : '?';
        return 1;
    }
    if (point < 0x800) {
        to[0] = static_cast<std::uint8_t>(0xC0U | point >> 6);
        to[1] = tail(0);
        return 2;
    }
    if (point < 0x10000) {
        to[0] = static_cast<std::uint8_t>(0xE0U | point >> 12);
        to[1] = tail(6);
        to[2] = tail(0);
        return 3;
    }
    to[0] = static_cast<std::uint8_t>(0xF0U | point >> 18);
    to[1] = tail(12);
    to[2] = tail(6);
    to[3] = tail(0);
    return 4;
}

// Copies the ASCII characters that a text begins with, and says how many they are.
template <typename Unit>
std::size_t copy_ascii(std::span<const Unit> text, std::span<std::uint8_t> to) {
    constexpr std::size_t kSome = 32;
    std::size_t at = 0;
    for (; text.size() - at >= kSome;
         at += kSome) {  // plain loops, which compilers turn into vectors
        const auto some = text.subspan(at).template first<kSome>();
        const auto narrow = to.subspan(at).template first<kSome>();
        Unit any = 0;
        for (std::size_t k = 0; k < kSome; ++k) {
            any = static_cast<Unit>(any | some[k]);
            narrow[k] = static_cast<std::uint8_t>(some[k]);
        }
        if (any >= 0x80) break;
    }
    for (; at < text.size() && text[at] < 0x80; ++at) to[at] = static_cast<std::uint8_t>(text[at]);
    return at;
}

#if defined(DUPDETECT_X86)
using avx512::every32;

struct Narrowed {
    __m512i bytes;  // in the lowest ones
    std::uint64_t wide;
};

template <typename Unit>
DUPDETECT_AVX512 inline Narrowed narrow(std::span<const Unit> some) {
    const std::uint64_t all = _bzhi_u64(~0ULL, static_cast<unsigned>(some.size()));
    if constexpr (sizeof(Unit) == 1) {
        const __m512i v = _mm512_maskz_loadu_epi8(all, some.data());
        return {v, _mm512_movepi8_mask(v)};
    } else if constexpr (sizeof(Unit) == 2) {
        const __m512i v = _mm512_maskz_loadu_epi16(static_cast<__mmask32>(all), some.data());
        return {_mm512_castsi256_si512(_mm512_cvtepi16_epi8(v)),
                _mm512_cmpgt_epu16_mask(v, _mm512_set1_epi16(0x7F))};
    } else {
        const __m512i v = _mm512_maskz_loadu_epi32(static_cast<__mmask16>(all), some.data());
        return {_mm512_castsi128_si512(_mm512_cvtepi32_epi8(v)),
                _mm512_cmpgt_epu32_mask(v, every32(0x7F))};
    }
}

template <typename Unit>
DUPDETECT_AVX512 std::size_t copy_ascii_avx512(std::span<const Unit> text,
                                               std::span<std::uint8_t> to) {
    constexpr std::size_t kSome = kBlock / sizeof(Unit);
    for (std::size_t at = 0; at < text.size(); at += kSome) {
        const auto [bytes, wide] = narrow(text.subspan(at, std::min(kSome, text.size() - at)));
        _mm512_storeu_si512(to.subspan(at, kBlock).data(), bytes);
        if (wide != 0) return at + static_cast<std::size_t>(std::countr_zero(wide));
    }
    return text.size();
}
#endif

}  // namespace

template <typename Unit>
Bytes to_utf8(std::span<const Unit> text, Room<std::uint8_t>& room) {
    constexpr std::size_t kMost = sizeof(Unit) == 4 ? 4 : sizeof(Unit) + 1;
    room.resize(text.size() * kMost + kBlock);
    const std::span<std::uint8_t> out(room);
    auto* copy = copy_ascii<Unit>;
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) copy = copy_ascii_avx512<Unit>;
#endif
    std::size_t at = 0, to = 0;
    while (at < text.size()) {
        const std::size_t copied = copy(text.subspan(at), out.subspan(to));
        to += copied;
        for (at += copied; at < text.size() && text[at] >= 0x80; ++at) {
            to += encode(text[at], out.subspan(to).template first<4>());
        }
    }
    return out.first(to);
}

template Bytes to_utf8(std::span<const std::uint8_t>, Room<std::uint8_t>&);
template Bytes to_utf8(std::span<const std::uint16_t>, Room<std::uint8_t>&);
template Bytes to_utf8(std::span<const std::uint32_t>, Room<std::uint8_t>&);

}  // namespace dupdetect

#include "avx512.hpp"

#if defined(__x86_64__)
#include <algorithm>
#include <array>
#include <bit>

#include "words.hpp"
#include "xxh3.hpp"

namespace dupdetect::avx512 {
namespace {

constexpr std::size_t kBlock = 64, kLanes = 16;

// The numbers of the set bits, each added to `base`, go to `to`; what follows them is overwritten.
// At most every other bit is set.
DUPDETECT_AVX512 inline void add_places(std::uint64_t bits, std::uint32_t base,
                                        std::span<std::uint32_t> to) {
    alignas(64) static constexpr auto kNumbers = [] {
        std::array<std::uint8_t, kBlock> numbers{};
        for (std::size_t i = 0; i < kBlock; ++i) numbers[i] = static_cast<std::uint8_t>(i);
        return numbers;
    }();
    const __m512i places = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(kNumbers.data()));
    const __m512i first = every32(base);
    _mm512_storeu_si512(to.first(kLanes).data(),
                        _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(places)), first));
    if (std::popcount(bits) > static_cast<int>(kLanes)) {
        const __m128i more = _mm512_extracti32x4_epi32(places, 1);
        _mm512_storeu_si512(to.subspan(kLanes, kLanes).data(),
                            _mm512_add_epi32(_mm512_cvtepu8_epi32(more), first));
    }
}

struct Halves {
    __m512i low, high;
};

DUPDETECT_AVX512 inline Halves multiply(__m512i a, __m512i b) {
    const __m512i a_high = _mm512_srli_epi64(a, 32), b_high = _mm512_srli_epi64(b, 32);
    const __m512i lower = every64(0xFFFFFFFFU);
    const __m512i product = _mm512_mul_epu32(a, b);
    const __m512i first = _mm512_add_epi64(_mm512_mul_epu32(a_high, b), _mm512_srli_epi64(product, 32));
    const __m512i second = _mm512_add_epi64(_mm512_mul_epu32(a, b_high), _mm512_and_si512(first, lower));
    const __m512i high = _mm512_add_epi64(_mm512_mul_epu32(a_high, b_high), _mm512_srli_epi64(first, 32));
    return {_mm512_or_si512(_mm512_slli_epi64(second, 32), _mm512_and_si512(product, lower)),
            _mm512_add_epi64(high, _mm512_srli_epi64(second, 32))};
}

DUPDETECT_AVX512 inline __m512i xorshift(__m512i v, unsigned shift) {
    return _mm512_xor_si512(v, _mm512_srli_epi64(v, shift));
}

DUPDETECT_AVX512 inline __m512i swap_bytes(__m512i v) {
    const __m512i order = _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    return _mm512_shuffle_epi8(v, order);
}

// XXH3 of eight words of 1 to 16 bytes, the formulas of xxh3.hpp: `first` and `last` are their
// first and last eight bytes, of shorter words the same that begin with the word.
DUPDETECT_AVX512 inline __m512i hash_1_to_3(__m512i bytes, __m512i n) {
    const __m512i low = every64(0xFF), eight = every64(8);
    const __m512i middle = _mm512_srlv_epi64(bytes, _mm512_slli_epi64(_mm512_srli_epi64(n, 1), 3));
    const __m512i last = _mm512_srlv_epi64(bytes, _mm512_sub_epi64(_mm512_slli_epi64(n, 3), eight));
    const __m512i outer = _mm512_or_si512(_mm512_slli_epi64(_mm512_and_si512(bytes, low), 16),
                                          _mm512_slli_epi64(_mm512_and_si512(middle, low), 24));
    const __m512i inner = _mm512_or_si512(_mm512_and_si512(last, low), _mm512_slli_epi64(n, 8));
    const __m512i flip = every64(xxh3::read<std::uint32_t>(xxh3::kSecret, 0) ^
                                 xxh3::read<std::uint32_t>(xxh3::kSecret, 4));
    __m512i h = _mm512_xor_si512(_mm512_or_si512(outer, inner), flip);
    h = _mm512_mullo_epi64(xorshift(h, 33), every64(xxh3::kP64_2));
    h = _mm512_mullo_epi64(xorshift(h, 29), every64(xxh3::kP64_3));
    return xorshift(h, 32);
}

DUPDETECT_AVX512 inline __m512i hash_4_to_8(__m512i bytes, __m512i n) {
    const __m512i back = _mm512_sub_epi64(_mm512_slli_epi64(n, 3), every64(32));
    const __m512i last = _mm512_and_si512(_mm512_srlv_epi64(bytes, back), every64(0xFFFFFFFFU));
    __m512i h = _mm512_xor_si512(_mm512_or_si512(last, _mm512_slli_epi64(bytes, 32)),
                                 every64(xxh3::secret64(8) ^ xxh3::secret64(16)));
    h = _mm512_xor_si512(h, _mm512_xor_si512(_mm512_rol_epi64(h, 49), _mm512_rol_epi64(h, 24)));
    h = _mm512_mullo_epi64(h, every64(xxh3::kRrmxmx));
    h = _mm512_xor_si512(h, _mm512_add_epi64(_mm512_srli_epi64(h, 35), n));
    return xorshift(_mm512_mullo_epi64(h, every64(xxh3::kRrmxmx)), 28);
}

DUPDETECT_AVX512 inline __m512i hash_9_to_16(__m512i first, __m512i last, __m512i n) {
    const __m512i low = _mm512_xor_si512(first, every64(xxh3::secret64(24) ^ xxh3::secret64(32)));
    const __m512i high = _mm512_xor_si512(last, every64(xxh3::secret64(40) ^ xxh3::secret64(48)));
    const Halves product = multiply(low, high);
    const __m512i folded = _mm512_xor_si512(product.low, product.high);
    const __m512i sum = _mm512_add_epi64(_mm512_add_epi64(n, swap_bytes(low)), _mm512_add_epi64(high, folded));
    return xorshift(_mm512_mullo_epi64(xorshift(sum, 37), every64(xxh3::kAvalanche)), 32);
}

// In which words a byte below 0x40 stands among the first 8 of at most `n`; others are letters.
DUPDETECT_AVX512 inline __mmask8 with_digits(__m512i bytes, __m512i n) {
    const __m512i clear = _mm512_ternarylogic_epi64(bytes, _mm512_slli_epi64(bytes, 1),
                                                    every64(0x8080808080808080U), 0x02);
    const __m512i outside = _mm512_sub_epi64(every64(64), _mm512_slli_epi64(_mm512_min_epu64(n, every64(8)), 3));
    const __m512i inside = _mm512_sllv_epi64(clear, outside);
    return _mm512_test_epi64_mask(inside, inside);
}

}  // namespace

DUPDETECT_AVX512 Runs find_runs(Bytes text, Story& story) {
    const std::size_t blocks = text.size() / kBlock + 1;
    const std::span folded(story.folded);
    const std::span begins(story.run_begins), ends(story.run_ends), breaks(story.run_breaks);
    std::size_t begun = 0, ended = 0, broken = 0;
    std::uint64_t before = 0;
    std::uint64_t breaking = 1;
    for (std::size_t block = 0; block < blocks; ++block) {
        const std::size_t at = block * kBlock, size = std::min(kBlock, text.size() - at);
        const Bytes bytes = text.subspan(at, size);
        const __m512i raw = _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, static_cast<unsigned>(size)), bytes.data());
        const __m512i lower = _mm512_or_si512(raw, every8(0x20));
        const std::uint64_t letters = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lower, every8('a')), every8(26));
        const std::uint64_t digits = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(raw, every8('0')), every8(10));
        _mm512_storeu_si512(folded.subspan(at, kBlock).data(), _mm512_mask_blend_epi8(letters, raw, lower));
        const std::uint64_t plain = _mm512_cmpeq_epi8_mask(raw, every8(' ')) |
            _mm512_mask_cmpneq_epi8_mask(_mm512_cmplt_epu8_mask(_mm512_sub_epi8(raw, every8('#')), every8(11)),
                                         raw, every8('\'')) |
            _mm512_cmpeq_epi8_mask(raw, every8('|'));
        const std::uint64_t words = letters | digits, shifted = words << 1 | before;
        before = words >> 63;
        const std::uint64_t first = words & ~shifted;
        const std::uint64_t after_break = after_breaks(words, plain, breaking);
        add_places(first, static_cast<std::uint32_t>(at), begins.subspan(begun));
        add_places(~words & shifted, static_cast<std::uint32_t>(at), ends.subspan(ended));
        add_places(_pext_u64(after_break, first), static_cast<std::uint32_t>(begun), breaks.subspan(broken));
        begun += static_cast<std::size_t>(std::popcount(first));
        ended += static_cast<std::size_t>(std::popcount(~words & shifted));
        broken += static_cast<std::size_t>(std::popcount(after_break));
    }
    return {begun, broken};
}

DUPDETECT_AVX512 void add_runs(Story& story, std::size_t first, std::size_t last, std::size_t to,
                               std::uint8_t mark) {
    const std::span begins(story.run_begins), run_ends(story.run_ends);
    const std::span starts(story.starts), ends(story.ends);
    const std::span marks(story.marks);
    const std::span words(story.words);
    const __m512i even = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i odd = _mm512_add_epi32(even, every32(8));
    for (; first < last; first += kLanes, to += kLanes) {
        const __m512i begin = _mm512_loadu_si512(begins.subspan(first, kLanes).data());
        const __m512i end = _mm512_loadu_si512(run_ends.subspan(first, kLanes).data());
        const __m512i size = _mm512_sub_epi32(end, begin);
        _mm512_storeu_si512(starts.subspan(to, kLanes).data(), begin);
        _mm512_storeu_si512(ends.subspan(to, kLanes).data(), end);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(marks.subspan(to, kLanes).data()),
                         _mm_set1_epi8(static_cast<char>(mark)));
        const auto pairs = words.subspan(to, kLanes);
        _mm512_storeu_si512(pairs.first(8).data(), _mm512_permutex2var_epi32(begin, even, size));
        _mm512_storeu_si512(pairs.subspan(8).data(), _mm512_permutex2var_epi32(begin, odd, size));
    }
}

DUPDETECT_AVX512 void hash_words(Story& story) {
    const std::span words(story.words);
    const std::span hashes(story.hashes);
    const Bytes folded(story.folded);
    const __m512i lower = every64(0xFFFFFFFFU), eight = every64(8);
    for (std::size_t t = 0; t < words.size(); t += 8) {
        const std::size_t count = std::min<std::size_t>(words.size() - t, 8);
        const auto there = static_cast<__mmask8>(0xFFU >> (8 - count));
        const __m512i spans = _mm512_maskz_loadu_epi64(there, words.subspan(t, count).data());
        const __m512i at = _mm512_and_si512(spans, lower), n = _mm512_srli_epi64(spans, 32);
        const __m512i tail = _mm512_add_epi64(at, _mm512_sub_epi64(_mm512_max_epu64(n, eight), eight));
        const __m512i first = _mm512_i64gather_epi64(at, folded.data(), 1);
        const __m512i last = _mm512_i64gather_epi64(tail, folded.data(), 1);
        __m512i h = hash_9_to_16(first, last, n);
        h = _mm512_mask_mov_epi64(h, _mm512_cmple_epu64_mask(n, eight), hash_4_to_8(first, n));
        h = _mm512_mask_mov_epi64(h, _mm512_cmplt_epu64_mask(n, every64(4)), hash_1_to_3(first, n));
        _mm512_mask_storeu_epi64(hashes.subspan(t, count).data(), there, h);
        const __mmask8 long_ones = _mm512_cmpgt_epu64_mask(n, eight);
        std::uint32_t numbered = with_digits(first, n) | (with_digits(last, eight) & long_ones);
        for (std::uint32_t longest = _mm512_cmpgt_epu64_mask(n, every64(16)); longest != 0; longest &= longest - 1) {
            const auto lane = static_cast<std::size_t>(std::countr_zero(longest));
            const Bytes word = folded.subspan(words[t + lane].at, words[t + lane].size);
            hashes[t + lane] = xxh3::hash(word);
            if (std::ranges::any_of(word, [](std::uint8_t c) { return c < 0x40; })) numbered |= 1U << lane;
        }
        story.numbered[t / 8] = static_cast<std::uint8_t>(numbered);
    }
}

}  // namespace dupdetect::avx512
#endif

#include "common/avx512.hpp"

#if defined(DUPDETECT_X86)
#include <algorithm>
#include <array>
#include <bit>

#include "text/words.hpp"
#include "text/xxh3.hpp"

namespace dupdetect::avx512 {
namespace {

constexpr std::size_t kBlock = 64, kLanes = 16, kEight = 8;

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
    _mm512_storeu_si512(
        to.first(kLanes).data(),
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
    const __m512i first =
        _mm512_add_epi64(_mm512_mul_epu32(a_high, b), _mm512_srli_epi64(product, 32));
    const __m512i second =
        _mm512_add_epi64(_mm512_mul_epu32(a, b_high), _mm512_and_si512(first, lower));
    const __m512i high =
        _mm512_add_epi64(_mm512_mul_epu32(a_high, b_high), _mm512_srli_epi64(first, 32));
    return {_mm512_or_si512(_mm512_slli_epi64(second, 32), _mm512_and_si512(product, lower)),
            _mm512_add_epi64(high, _mm512_srli_epi64(second, 32))};
}

DUPDETECT_AVX512 inline __m512i xorshift(__m512i v, unsigned shift) {
    return _mm512_xor_si512(v, _mm512_srli_epi64(v, shift));
}

DUPDETECT_AVX512 inline __m512i swap_bytes(__m512i v) {
    const __m512i order =
        _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    return _mm512_shuffle_epi8(v, order);
}

struct Eight {
    __m512i first, last, n;  // the first and last eight bytes of words and their lengths
};

DUPDETECT_AVX512 inline __m128i two_places(Bytes folded, std::size_t a, std::size_t b) {
    const __m128i low =
        _mm_loadl_epi64(reinterpret_cast<const __m128i_u*>(folded.subspan(a, 8).data()));
    return _mm_insert_epi64(low, xxh3::read<long long>(folded, b), 1);
}

// Eight bytes each from eight places: half the time of a gather.
DUPDETECT_AVX512 inline __m512i eight_places(Bytes folded, std::span<const Span, kEight> w) {
    const __m256i low =
        _mm256_inserti128_si256(_mm256_castsi128_si256(two_places(folded, w[0].at, w[1].at)),
                                two_places(folded, w[2].at, w[3].at), 1);
    const __m256i high =
        _mm256_inserti128_si256(_mm256_castsi128_si256(two_places(folded, w[4].at, w[5].at)),
                                two_places(folded, w[6].at, w[7].at), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

DUPDETECT_AVX512 inline __m512i lengths(std::span<const Span, kEight> words) {
    return _mm512_srli_epi64(_mm512_loadu_si512(words.data()), 32);
}

DUPDETECT_AVX512 inline Eight read_words(Bytes folded, std::span<const Span, kEight> words) {
    std::array<Span, kEight> ends;
    for (std::size_t lane = 0; lane < kEight; ++lane) {
        ends[lane] = {words[lane].at + std::max(words[lane].size, 8U) - 8, 8};
    }
    return {eight_places(folded, words), eight_places(folded, ends), lengths(words)};
}

// XXH3 of eight words of 1 to 16 bytes, the formulas of xxh3.hpp. Of shorter ones than eight bytes
// `bytes` holds what follows them, too.
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
    const __m512i sum =
        _mm512_add_epi64(_mm512_add_epi64(n, swap_bytes(low)), _mm512_add_epi64(high, folded));
    return xorshift(_mm512_mullo_epi64(xorshift(sum, 37), every64(xxh3::kAvalanche)), 32);
}

DUPDETECT_AVX512 inline __m512i hash_1_to_8(__m512i bytes, __m512i n) {
    return _mm512_mask_mov_epi64(hash_4_to_8(bytes, n), _mm512_cmplt_epu64_mask(n, every64(4)),
                                 hash_1_to_3(bytes, n));
}

DUPDETECT_AVX512 inline __m512i hash_1_to_16(const Eight& words) {
    return _mm512_mask_mov_epi64(hash_9_to_16(words.first, words.last, words.n),
                                 _mm512_cmple_epu64_mask(words.n, every64(8)),
                                 hash_1_to_8(words.first, words.n));
}

// In which words a byte below 0x40 stands among the first 8 of at most `n`; others are letters.
DUPDETECT_AVX512 inline __mmask8 with_digits(__m512i bytes, __m512i n) {
    const __m512i clear = _mm512_ternarylogic_epi64(bytes, _mm512_slli_epi64(bytes, 1),
                                                    every64(0x8080808080808080U), 0x02);
    const __m512i outside =
        _mm512_sub_epi64(every64(64), _mm512_slli_epi64(_mm512_min_epu64(n, every64(8)), 3));
    const __m512i inside = _mm512_sllv_epi64(clear, outside);
    return _mm512_test_epi64_mask(inside, inside);
}

DUPDETECT_AVX512 inline __m512i zero_digits(__m512i bytes) {
    return _mm512_mask_mov_epi8(bytes, _mm512_cmplt_epu8_mask(bytes, every8(0x40)), every8('0'));
}

// Appends the numbers of the lanes, counted from `first`; eight are written.
DUPDETECT_AVX512 inline std::size_t add_words(__mmask8 lanes, std::size_t first,
                                              std::span<std::uint32_t> list, std::size_t count) {
    const __m256i numbers = _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first)),
                                             _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(list.subspan(count, kEight).data()),
                        _mm256_maskz_compress_epi32(lanes, numbers));
    return count + static_cast<std::size_t>(std::popcount(lanes));
}

std::array<Span, kEight> listed(std::span<const Span> words,
                                std::span<const std::uint32_t> numbers) {
    std::array<Span, kEight> found{};
    for (std::size_t lane = 0; lane < numbers.size(); ++lane) found[lane] = words[numbers[lane]];
    return found;
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
        const __m512i raw =
            _mm512_maskz_loadu_epi8(_bzhi_u64(~0ULL, static_cast<unsigned>(size)), bytes.data());
        const __m512i lower = _mm512_or_si512(raw, every8(0x20));
        const std::uint64_t letters =
            _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lower, every8('a')), every8(26));
        const std::uint64_t digits =
            _mm512_cmplt_epu8_mask(_mm512_sub_epi8(raw, every8('0')), every8(10));
        _mm512_storeu_si512(folded.subspan(at, kBlock).data(),
                            _mm512_mask_blend_epi8(letters, raw, lower));
        const std::uint64_t plain =
            _mm512_cmpeq_epi8_mask(raw, every8(' ')) |
            _mm512_mask_cmpneq_epi8_mask(
                _mm512_cmplt_epu8_mask(_mm512_sub_epi8(raw, every8('#')), every8(11)), raw,
                every8('\'')) |
            _mm512_cmpeq_epi8_mask(raw, every8('|'));
        const std::uint64_t words = letters | digits, shifted = words << 1 | before;
        before = words >> 63;
        const std::uint64_t first = words & ~shifted;
        const std::uint64_t after_break = after_breaks(words, plain, breaking);
        add_places(first, static_cast<std::uint32_t>(at), begins.subspan(begun));
        add_places(~words & shifted, static_cast<std::uint32_t>(at), ends.subspan(ended));
        add_places(_pext_u64(after_break, first), static_cast<std::uint32_t>(begun),
                   breaks.subspan(broken));
        begun += static_cast<std::size_t>(std::popcount(first));
        ended += static_cast<std::size_t>(std::popcount(~words & shifted));
        broken += static_cast<std::size_t>(std::popcount(after_break));
    }
    return {begun, broken};
}

DUPDETECT_AVX512 void add_runs(Story& story, std::size_t first, std::size_t last, std::size_t to) {
    const std::span begins(story.run_begins), run_ends(story.run_ends);
    const std::span starts(story.starts), ends(story.ends);
    const std::span words(story.words);
    const __m512i even = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i odd = _mm512_add_epi32(even, every32(8));
    for (; first < last; first += kLanes, to += kLanes) {
        const __m512i begin = _mm512_loadu_si512(begins.subspan(first, kLanes).data());
        const __m512i end = _mm512_loadu_si512(run_ends.subspan(first, kLanes).data());
        const __m512i size = _mm512_sub_epi32(end, begin);
        _mm512_storeu_si512(starts.subspan(to, kLanes).data(), begin);
        _mm512_storeu_si512(ends.subspan(to, kLanes).data(), end);
        const auto pairs = words.subspan(to, kLanes);
        _mm512_storeu_si512(pairs.first(8).data(), _mm512_permutex2var_epi32(begin, even, size));
        _mm512_storeu_si512(pairs.subspan(8).data(), _mm512_permutex2var_epi32(begin, odd, size));
    }
}

DUPDETECT_AVX512 void hash_words(Story& story) {
    const std::span words(story.words);
    const std::span hashes(story.hashes);
    const Bytes folded(story.folded);
    std::size_t longer = 0, numbered = 0;
    for (std::size_t t = 0; t < words.size(); t += kEight) {
        const std::size_t count = std::min(words.size() - t, kEight);
        std::array<Span, kEight> last_ones{};
        if (count < kEight)
            std::copy_n(words.begin() + static_cast<std::ptrdiff_t>(t), count, last_ones.begin());
        const std::span<const Span, kEight> eight =
            count < kEight ? std::span(last_ones) : words.subspan(t).first<kEight>();
        const __m512i bytes = eight_places(folded, eight), n = lengths(eight);
        _mm512_storeu_si512(hashes.subspan(t, kEight).data(), hash_1_to_8(bytes, n));
        const __mmask8 is_long = _mm512_cmpgt_epu64_mask(n, every64(8));
        const auto has_digits = static_cast<__mmask8>(with_digits(bytes, n) & ~is_long);
        longer = add_words(is_long, t, story.long_words, longer);
        numbered = add_words(has_digits, t, story.numbered, numbered);
    }
    for (std::size_t k = 0; k < longer; k += kEight) {
        const std::span<const std::uint32_t> some =
            std::span(story.long_words).subspan(k, std::min(longer - k, kEight));
        const std::array<Span, kEight> eight = listed(words, some);
        const Eight bytes = read_words(folded, eight);
        alignas(64) std::array<std::uint64_t, kEight> found;
        _mm512_store_si512(found.data(), hash_1_to_16(bytes));
        const std::uint32_t digits =
            with_digits(bytes.first, bytes.n) | with_digits(bytes.last, every64(8));
        for (std::size_t lane = 0; lane < some.size(); ++lane) {
            const Bytes word = folded.subspan(eight[lane].at, eight[lane].size);
            hashes[some[lane]] = word.size() > 16 ? xxh3::hash(word) : found[lane];
            story.numbered[numbered] = some[lane];
            numbered += word.size() > 16 ? any_digit(word) : digits >> lane & 1U;
        }
    }
    story.numbered.resize(numbered);
}

DUPDETECT_AVX512 void hash_zeroed(Story& story) {
    const std::span<const std::uint32_t> numbered(story.numbered);
    for (std::size_t k = 0; k < numbered.size(); k += kEight) {
        const auto some = numbered.subspan(k, std::min(numbered.size() - k, kEight));
        const std::array<Span, kEight> eight = listed(story.words, some);
        Eight bytes = read_words(story.folded, eight);
        bytes.first = zero_digits(bytes.first);
        bytes.last = zero_digits(bytes.last);
        alignas(64) std::array<std::uint64_t, kEight> found;
        _mm512_store_si512(found.data(), hash_1_to_16(bytes));
        for (std::size_t lane = 0; lane < some.size(); ++lane) {
            story.zeroed[some[lane]] =
                eight[lane].size > 16 ? zeroed_hash(story.folded_word(some[lane])) : found[lane];
        }
    }
}

}  // namespace dupdetect::avx512
#endif

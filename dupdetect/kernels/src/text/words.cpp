// Where the words of a text stand, their hashes and letter pairs.
#include <algorithm>
#include <array>
#include <bit>

#include "common/avx512.hpp"
#include "common/vectors.hpp"
#include "text/bits.hpp"
#include "text/words.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kBlock = 64, kStep = 4, kFewBreaks = 2;
static_assert(kStep <= kPad);

// Appends the places of set bits; whole steps at a time, because a loop that ends after an
// unforeseeable number of turns costs more than a few numbers that are overwritten.
std::size_t add_places(std::uint64_t bits, std::size_t first, std::span<std::uint32_t> places,
                       std::size_t count) {
    const std::size_t added = count_bits(bits);
    const auto base = static_cast<std::uint32_t>(first);
    const auto to = places.subspan(count);
    for (std::size_t done = 0; done < added; done += kStep) {
        for (std::size_t k = 0; k < kStep; ++k) {
            to[done + k] = base + static_cast<std::uint32_t>(std::countr_zero(bits));
            bits &= bits - 1;
        }
    }
    return count + added;
}

// Not 0 if one of the first `size` of the eight bytes from `at` on is a digit.
std::uint64_t digit_among(Bytes folded, std::size_t at, std::size_t size) {
    const std::uint64_t bytes = xxh3::read<std::uint64_t>(folded, at);
    return (~(bytes | bytes << 1) & 0x8080808080808080ULL) << (64 - 8 * size);
}

bool has_digit(Bytes folded, Span word) {
    if (word.size > 16) return any_digit(folded.subspan(word.at, word.size));
    const std::size_t within = std::min(word.size, 8U);
    return (digit_among(folded, word.at, within) |
            digit_among(folded, word.at + word.size - within, within)) != 0;
}

struct Block {
    std::uint64_t words, plain;  // a bit a byte
};
using Raw = std::span<const std::uint8_t, kBlock>;
using Lower = std::span<std::uint8_t, kBlock>;

// Eight bytes of 0 or 1 to eight bits, of a block to 64.
std::uint64_t to_bits(std::span<const std::uint8_t, kBlock> flags) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kBlock; i += 8) {
        bits |= xxh3::read<std::uint64_t>(flags, i) * 0x0102040810204080ULL >> 56 << i;
    }
    return bits;
}

// Plain loops, which compilers turn into vectors.
Block fold_block(Raw raw, Lower lower) {
    std::array<std::uint8_t, kBlock> is_word, is_plain;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const std::uint8_t c = raw[i];
        const auto letter =
            static_cast<std::uint8_t>(static_cast<std::uint8_t>((c | 0x20U) - 'a') < 26);
        const auto digit = static_cast<std::uint8_t>(static_cast<std::uint8_t>(c - '0') < 10);
        is_word[i] = letter | digit;
        is_plain[i] = separates_plainly(c);
        lower[i] = static_cast<std::uint8_t>(c | letter << 5);
    }
    return {to_bits(is_word), to_bits(is_plain)};
}

template <Block (*Fold)(Raw, Lower)>
Runs find_runs(Bytes text, Story& story) {
    const std::size_t blocks = text.size() / kBlock + 1;
    std::size_t begun = 0, ended = 0, broken = 0;
    std::uint64_t before = 0, breaking = 1;
    for (std::size_t block = 0; block < blocks; ++block) {
        const std::size_t at = block * kBlock, size = std::min(kBlock, text.size() - at);
        std::array<std::uint8_t, kBlock> last_bytes;
        if (size < kBlock) {
            last_bytes.fill(0);
            std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), size, last_bytes.begin());
        }
        const Raw raw(size < kBlock ? Bytes(last_bytes) : text.subspan(at, kBlock));
        const Block found = Fold(raw, Lower(std::span(story.folded).subspan(at, kBlock)));
        const std::uint64_t shifted = found.words << 1 | before, first = found.words & ~shifted;
        before = found.words >> 63;
        std::uint64_t follows = after_breaks(found.words, found.plain, breaking);
        const std::size_t breaks = count_bits(follows);
        for (std::size_t done = 0; done < breaks; done += kFewBreaks) {
            for (std::size_t k = 0; k < kFewBreaks; ++k) {
                const std::uint64_t earlier = first & ((follows & (~follows + 1)) - 1);
                story.run_breaks[broken + done + k] =
                    static_cast<std::uint32_t>(begun + count_bits(earlier));
                follows &= follows - 1;
            }
        }
        broken += breaks;
        begun = add_places(first, at, story.run_begins, begun);
        ended = add_places(~found.words & shifted, at, story.run_ends, ended);
    }
    return {begun, broken};
}

#if defined(DUPDETECT_X86)
__attribute__((target("avx2"))) inline __m256i below(__m256i bytes, char first, char count) {
    const __m256i from = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(from, _mm256_set1_epi8(static_cast<char>(count - 1))),
                             from);
}

__attribute__((target("avx2"))) inline std::uint64_t bits(__m256i flags) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(flags));
}

__attribute__((target("avx2"))) Block fold_block_avx2(Raw raw, Lower lower) {
    Block found{};
    for (std::size_t half = 0; half < kBlock; half += 32) {
        const __m256i c =
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(raw.subspan(half, 32).data()));
        const __m256i letter = below(_mm256_or_si256(c, _mm256_set1_epi8(0x20)), 'a', 26);
        const __m256i range =
            _mm256_andnot_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8('\'')), below(c, '#', 11));
        const __m256i single = _mm256_or_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8(' ')),
                                               _mm256_cmpeq_epi8(c, _mm256_set1_epi8('|')));
        found.words |= bits(_mm256_or_si256(letter, below(c, '0', 10))) << half;
        found.plain |= bits(_mm256_or_si256(range, single)) << half;
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(lower.subspan(half, 32).data()),
                            _mm256_or_si256(c, _mm256_and_si256(letter, _mm256_set1_epi8(0x20))));
    }
    return found;
}

__attribute__((target("avx2"))) inline __m256i every64(std::uint64_t value) {
    return _mm256_set1_epi64x(static_cast<long long>(value));
}

__attribute__((target("avx2"))) inline __m256i multiply(__m256i a, std::uint64_t factor) {
    const __m256i low = every64(factor), high = every64(factor >> 32);
    const __m256i cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(a, 32), low),
                                           _mm256_mul_epu32(a, high));
    return _mm256_add_epi64(_mm256_mul_epu32(a, low), _mm256_slli_epi64(cross, 32));
}

template <int kShift>
__attribute__((target("avx2"))) inline __m256i xorshift(__m256i v) {
    return _mm256_xor_si256(v, _mm256_srli_epi64(v, kShift));
}

template <int kLeft>
__attribute__((target("avx2"))) inline __m256i rotate(__m256i v) {
    return _mm256_or_si256(_mm256_slli_epi64(v, kLeft), _mm256_srli_epi64(v, 64 - kLeft));
}

// The formulas of xxh3.hpp for four words of 1 to 8 bytes each, some number for longer ones.
__attribute__((target("avx2"))) inline __m256i hash_1_to_8_avx2(__m256i bytes, __m256i n) {
    const __m256i byte = every64(0xFF), bits = _mm256_slli_epi64(n, 3);
    const __m256i middle = _mm256_srlv_epi64(bytes, _mm256_slli_epi64(_mm256_srli_epi64(n, 1), 3));
    const __m256i last = _mm256_srlv_epi64(bytes, _mm256_sub_epi64(bits, every64(8)));
    const __m256i outer = _mm256_or_si256(_mm256_slli_epi64(_mm256_and_si256(bytes, byte), 16),
                                          _mm256_slli_epi64(_mm256_and_si256(middle, byte), 24));
    const __m256i inner = _mm256_or_si256(_mm256_and_si256(last, byte), _mm256_slli_epi64(n, 8));
    const std::uint64_t flip =
        xxh3::read<std::uint32_t>(xxh3::kSecret, 0) ^ xxh3::read<std::uint32_t>(xxh3::kSecret, 4);
    __m256i few = _mm256_xor_si256(_mm256_or_si256(outer, inner), every64(flip));
    few = multiply(xorshift<33>(few), xxh3::kP64_2);
    few = xorshift<32>(multiply(xorshift<29>(few), xxh3::kP64_3));

    const __m256i four = _mm256_and_si256(
        _mm256_srlv_epi64(bytes, _mm256_sub_epi64(bits, every64(32))), every64(0xFFFFFFFFU));
    __m256i more = _mm256_xor_si256(_mm256_or_si256(four, _mm256_slli_epi64(bytes, 32)),
                                    every64(xxh3::secret64(8) ^ xxh3::secret64(16)));
    more = _mm256_xor_si256(more, _mm256_xor_si256(rotate<49>(more), rotate<24>(more)));
    more = multiply(more, xxh3::kRrmxmx);
    more = _mm256_xor_si256(more, _mm256_add_epi64(_mm256_srli_epi64(more, 35), n));
    more = xorshift<28>(multiply(more, xxh3::kRrmxmx));
    return _mm256_blendv_epi8(more, few, _mm256_cmpgt_epi64(every64(4), n));
}

// As many words as fill vectors; how many they are.
__attribute__((target("avx2"))) std::size_t hash_short_words_avx2(Bytes folded,
                                                                  std::span<const Span> words,
                                                                  std::span<std::uint64_t> hashes) {
    const auto bytes_at = [&](Span word) { return xxh3::read<long long>(folded, word.at); };
    std::size_t t = 0;
    for (; t + 4 <= words.size(); t += 4) {
        const auto w = words.subspan(t).first<4>();
        const __m256i bytes =
            _mm256_set_epi64x(bytes_at(w[3]), bytes_at(w[2]), bytes_at(w[1]), bytes_at(w[0]));
        const __m256i n =
            _mm256_srli_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(w.data())), 32);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(hashes.subspan(t, 4).data()),
                            hash_1_to_8_avx2(bytes, n));
    }
    return t;
}
#endif

}  // namespace

Runs find_ascii_words(Bytes text, Story& story) {
    const std::size_t most = text.size() / 2 + 1 + kPad;
    story.folded.resize((text.size() / kBlock + 1) * kBlock + kPad);
    story.run_begins.resize(most);
    story.run_ends.resize(most);
    story.run_breaks.resize(most);
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) return avx512::find_runs(text, story);
    if (vectors() == Vectors::kAvx2) return find_runs<fold_block_avx2>(text, story);
#endif
    return find_runs<fold_block>(text, story);
}

void add_runs(Story& story, std::size_t first, std::size_t last, std::size_t to) {
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) return avx512::add_runs(story, first, last, to);
#endif
    const std::span begins(story.run_begins), run_ends(story.run_ends);
    const std::span starts(story.starts), ends(story.ends);
    const std::span words(story.words);
    for (; first < last; ++first, ++to) {
        starts[to] = begins[first];
        ends[to] = run_ends[first];
        words[to] = {begins[first], run_ends[first] - begins[first]};
    }
}

// Words of up to eight bytes first, which most are, then those that need more.
void hash_words(Story& story) {
    const std::size_t count = story.words.size();
    story.hashes.resize(count + kPad);
    story.long_words.resize(count + kPad);
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) {
        story.numbered.resize(count + kPad);
        avx512::hash_words(story);
        return story.hashes.resize(count);
    }
#endif
    std::size_t done = 0, longer = 0;
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx2)
        done = hash_short_words_avx2(story.folded, story.words, story.hashes);
#endif
    for (; done < count; ++done) {
        const Span word = story.words[done];
        story.hashes[done] =
            xxh3::hash_1_to_8(xxh3::read<std::uint64_t>(story.folded, word.at), word.size);
    }
    for (std::size_t t = 0; t < count; ++t) {
        story.long_words[longer] = static_cast<std::uint32_t>(t);
        longer += story.words[t].size > 8;
    }
    for (const std::uint32_t t : std::span(story.long_words).first(longer)) {
        story.hashes[t] = xxh3::hash(story.folded_word(t));
    }
    story.hashes.resize(count);
}

bool any_digit(Bytes word) {
    return std::ranges::any_of(word, [](std::uint8_t c) { return c < 0x40; });
}

std::uint64_t zeroed_hash(Bytes word) {
    std::vector<std::uint8_t> zeroed(word.begin(), word.end());
    for (std::uint8_t& c : zeroed) c = c < 0x40 ? '0' : c;
    return xxh3::hash(zeroed);
}

void hash_zeroed(Story& story) {
    story.zeroed = story.hashes;
#if defined(DUPDETECT_X86)
    if (vectors() == Vectors::kAvx512) return avx512::hash_zeroed(story);
#endif
    for (std::size_t t = 0; t < story.size(); ++t) {
        if (has_digit(story.folded, story.words[t]))
            story.zeroed[t] = zeroed_hash(story.folded_word(t));
    }
}

std::uint64_t bigram_mask(Bytes word) {
    std::uint64_t mask = 0;
    std::uint32_t letters = 0, before = 1, point = 0;
    const auto add = [&](std::uint32_t a, std::uint32_t b) {
        mask |= std::uint64_t{1} << (((a * 0x9E3779B1U) ^ (b * 0x85EBCA77U)) * 0xC2B2AE3DU >> 26);
    };
    for (const std::uint8_t byte : word) {
        if ((byte & 0xC0U) == 0x80U) {
            point = point << 6 | (byte & 0x3FU);
            continue;
        }
        if (letters > 0) {
            add(before, point);
            before = point;
        }
        point = byte;
        ++letters;
    }
    if (letters < 4) return 0;
    add(before, point);
    add(point, 2);
    return mask;
}

void mask_words(Story& story) {
    story.masks.resize(story.size());
    for (std::size_t t = 0; t < story.size(); ++t)
        story.masks[t] = bigram_mask(story.folded_word(t));
}

}  // namespace dupdetect

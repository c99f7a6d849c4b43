// Where the words of a text stand, their hashes and letter pairs.
#include <algorithm>
#include <array>
#include <bit>

#include "avx512.hpp"
#include "bits.hpp"
#include "vectors.hpp"
#include "words.hpp"
#include "xxh3.hpp"

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

// In the eight bytes from `at` on, of which the first `size` count.
bool digit_among(Bytes folded, std::size_t at, std::size_t size) {
    const std::uint64_t bytes = xxh3::read<std::uint64_t>(folded, at);
    return (~(bytes | bytes << 1) & 0x8080808080808080ULL) << (64 - 8 * size) != 0;
}

bool has_digit(Bytes folded, Span word) {
    if (word.size > 16) return any_digit(folded.subspan(word.at, word.size));
    const std::size_t within = std::min(word.size, 8U);
    return digit_among(folded, word.at, within) | digit_among(folded, word.at + word.size - within, within);
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
        const auto letter = static_cast<std::uint8_t>(static_cast<std::uint8_t>((c | 0x20U) - 'a') < 26);
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
                story.run_breaks[broken + done + k] = static_cast<std::uint32_t>(begun + count_bits(earlier));
                follows &= follows - 1;
            }
        }
        broken += breaks;
        begun = add_places(first, at, story.run_begins, begun);
        ended = add_places(~found.words & shifted, at, story.run_ends, ended);
    }
    return {begun, broken};
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) inline __m256i below(__m256i bytes, char first, char count) {
    const __m256i from = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
    return _mm256_cmpeq_epi8(_mm256_min_epu8(from, _mm256_set1_epi8(static_cast<char>(count - 1))), from);
}

__attribute__((target("avx2"))) inline std::uint64_t bits(__m256i flags) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(flags));
}

__attribute__((target("avx2"))) Block fold_block_avx2(Raw raw, Lower lower) {
    Block found{};
    for (std::size_t half = 0; half < kBlock; half += 32) {
        const __m256i c = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(raw.subspan(half, 32).data()));
        const __m256i letter = below(_mm256_or_si256(c, _mm256_set1_epi8(0x20)), 'a', 26);
        const __m256i range = _mm256_andnot_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8('\'')), below(c, '#', 11));
        const __m256i single = _mm256_or_si256(_mm256_cmpeq_epi8(c, _mm256_set1_epi8(' ')),
                                               _mm256_cmpeq_epi8(c, _mm256_set1_epi8('|')));
        found.words |= bits(_mm256_or_si256(letter, below(c, '0', 10))) << half;
        found.plain |= bits(_mm256_or_si256(range, single)) << half;
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(lower.subspan(half, 32).data()),
                            _mm256_or_si256(c, _mm256_and_si256(letter, _mm256_set1_epi8(0x20))));
    }
    return found;
}
#endif

}  // namespace

Runs find_ascii_words(Bytes text, Story& story) {
    const std::size_t most = text.size() / 2 + 1 + kPad;
    story.folded.resize((text.size() / kBlock + 1) * kBlock + kPad);
    story.run_begins.resize(most);
    story.run_ends.resize(most);
    story.run_breaks.resize(most);
#if defined(__x86_64__)
    if (vectors() == Vectors::kAvx512) return avx512::find_runs(text, story);
    if (vectors() == Vectors::kAvx2) return find_runs<fold_block_avx2>(text, story);
#endif
    return find_runs<fold_block>(text, story);
}

void add_runs(Story& story, std::size_t first, std::size_t last, std::size_t to) {
#if defined(__x86_64__)
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

void hash_words(Story& story) {
    const std::size_t count = story.words.size();
#if defined(__x86_64__)
    if (vectors() == Vectors::kAvx512) {
        story.numbered.resize(count + kPad);
        story.long_words.resize(count + kPad);
        story.hashes.resize(count + kPad);
        avx512::hash_words(story);
        return story.hashes.resize(count);
    }
#endif
    story.hashes.resize(count);
    for (std::size_t t = 0; t < count; ++t) {
        story.hashes[t] = xxh3::hash_padded(story.folded, story.words[t].at, story.words[t].size);
    }
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
#if defined(__x86_64__)
    if (vectors() == Vectors::kAvx512) return avx512::hash_zeroed(story);
#endif
    for (std::size_t t = 0; t < story.size(); ++t) {
        if (has_digit(story.folded, story.words[t])) story.zeroed[t] = zeroed_hash(story.folded_word(t));
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
    for (std::size_t t = 0; t < story.size(); ++t) story.masks[t] = bigram_mask(story.folded_word(t));
}

}  // namespace dupdetect

// Where the words of a text stand, their hashes and letter pairs.
#include <algorithm>
#include <array>
#include <bit>

#include "vectors.hpp"
#include "words.hpp"
#include "xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kBlock = 64, kStep = 4;
static_assert(kStep <= kPad);

// Without the instruction of newer processors std::popcount is a call.
std::size_t count_bits(std::uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555ULL;
    bits = (bits & 0x3333333333333333ULL) + (bits >> 2 & 0x3333333333333333ULL);
    return ((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0FULL) * 0x0101010101010101ULL >> 56;
}

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

// Digits are the only bytes of a folded word with the two highest bits clear.
bool has_digit(Bytes folded, Span word) {
    for (std::size_t done = 0; done < word.size; done += 8) {
        const std::uint64_t bytes = xxh3::read<std::uint64_t>(folded, word.at + done);
        const std::size_t left = std::min<std::size_t>(word.size - done, 8);
        if ((~(bytes | bytes << 1) & 0x8080808080808080ULL) << (64 - 8 * left) != 0) return true;
    }
    return false;
}

// Eight bytes of 0 or 1 to eight bits, of a block to 64.
std::uint64_t to_bits(std::span<const std::uint8_t, kBlock> flags) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kBlock; i += 8) {
        bits |= xxh3::read<std::uint64_t>(flags, i) * 0x0102040810204080ULL >> 56 << i;
    }
    return bits;
}

// Plain loops over blocks, which compilers turn into vectors.
Runs find_runs(Bytes text, Story& story) {
    const std::size_t blocks = text.size() / kBlock + 1;
    std::size_t begun = 0, ended = 0, broken = 0;
    std::uint64_t before = 0, breaking = 1;
    for (std::size_t block = 0; block < blocks; ++block) {
        const std::size_t at = block * kBlock, size = std::min(kBlock, text.size() - at);
        std::array<std::uint8_t, kBlock> raw, is_word, is_plain;
        if (size < kBlock) raw.fill(0);
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), size, raw.begin());
        const auto lower = std::span(story.folded).subspan(at).first<kBlock>();
        for (std::size_t i = 0; i < kBlock; ++i) {
            const std::uint8_t c = raw[i];
            const auto letter = static_cast<std::uint8_t>(static_cast<std::uint8_t>((c | 0x20U) - 'a') < 26);
            const auto digit = static_cast<std::uint8_t>(static_cast<std::uint8_t>(c - '0') < 10);
            is_word[i] = letter | digit;
            is_plain[i] = separates_plainly(c);
            lower[i] = static_cast<std::uint8_t>(c | letter << 5);
        }
        const std::uint64_t words = to_bits(is_word), shifted = words << 1 | before;
        const std::uint64_t first = words & ~shifted;
        before = words >> 63;
        std::uint64_t follows = after_breaks(words, to_bits(is_plain), breaking);
        for (; follows != 0; follows &= follows - 1) {
            const std::uint64_t earlier = first & ((follows & (~follows + 1)) - 1);
            story.run_breaks[broken++] = static_cast<std::uint32_t>(begun + count_bits(earlier));
        }
        begun = add_places(first, at, story.run_begins, begun);
        ended = add_places(~words & shifted, at, story.run_ends, ended);
    }
    return {begun, broken};
}

}  // namespace

Runs find_ascii_words(Bytes text, Story& story) {
    const std::size_t most = text.size() / 2 + 1 + kPad;
    story.folded.resize((text.size() / kBlock + 1) * kBlock + kPad);
    story.run_begins.resize(most);
    story.run_ends.resize(most);
    story.run_breaks.resize(most);
#if defined(__x86_64__)
    if (vectors() == Vectors::kAvx512) return avx512::find_runs(text, story);
#endif
    return find_runs(text, story);
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
    story.numbered.resize(count + kPad);
#if defined(__x86_64__)
    if (vectors() == Vectors::kAvx512) {
        story.long_words.resize(count + kPad);
        story.hashes.resize(count + kPad);
        avx512::hash_words(story);
        return story.hashes.resize(count);
    }
#endif
    story.hashes.resize(count);
    std::size_t numbered = 0;
    for (std::size_t t = 0; t < count; ++t) {
        const Span word = story.words[t];
        story.hashes[t] = xxh3::hash_padded(story.folded, word.at, word.size);
        story.numbered[numbered] = static_cast<std::uint32_t>(t);
        numbered += has_digit(story.folded, word);
    }
    story.numbered.resize(numbered);
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
    for (const std::uint32_t t : story.numbered) story.zeroed[t] = zeroed_hash(story.folded_word(t));
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

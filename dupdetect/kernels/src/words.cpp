// Where the words of a text stand, their hashes and letter pairs.
#include <algorithm>
#include <array>
#include <bit>

#include "story.hpp"
#include "xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kBlock = 64, kStep = 4;

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

}  // namespace

// Plain loops over blocks, which compilers turn into vectors.
void find_ascii_words(Bytes text, Room<std::uint8_t>& folded, Room<std::uint32_t>& begins,
                      Room<std::uint32_t>& ends) {
    const std::size_t blocks = text.size() / kBlock + 1;
    folded.resize(blocks * kBlock + kPad);
    begins.resize(text.size() / 2 + 2 + kStep);
    ends.resize(begins.size());
    std::size_t begins_count = 0, ends_count = 0;
    std::uint64_t carry = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
        const std::size_t first = block * kBlock, size = std::min(kBlock, text.size() - first);
        std::array<std::uint8_t, kBlock> raw, is_word;
        if (size < kBlock) raw.fill(0);
        std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(first), size, raw.begin());
        const auto lower = std::span(folded).subspan(first).first<kBlock>();
        for (std::size_t i = 0; i < kBlock; ++i) {
            const std::uint8_t c = raw[i];
            const auto letter = static_cast<std::uint8_t>(static_cast<std::uint8_t>((c | 0x20U) - 'a') < 26);
            const auto digit = static_cast<std::uint8_t>(static_cast<std::uint8_t>(c - '0') < 10);
            is_word[i] = letter | digit;
            lower[i] = static_cast<std::uint8_t>(c | letter << 5);
        }
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < kBlock; i += 8) {  // eight bytes of 0 or 1 to eight bits
            bits |= xxh3::read<std::uint64_t>(is_word, i) * 0x0102040810204080ULL >> 56 << i;
        }
        const std::uint64_t shifted = bits << 1 | carry;
        carry = bits >> 63;
        begins_count = add_places(bits & ~shifted, first, begins, begins_count);
        ends_count = add_places(~bits & shifted, first, ends, ends_count);
    }
    begins.resize(begins_count);
    ends.resize(ends_count);
}

void hash_words(Story& story) {
    story.hashes.resize(story.words.size());
    for (std::size_t t = 0; t < story.words.size(); ++t) {
        story.hashes[t] = xxh3::hash_padded(story.folded, story.words[t].at, story.words[t].size);
    }
}

void hash_zeroed(Story& story) {
    story.zeroed = story.hashes;
    std::vector<std::uint8_t> zeroed;
    for (std::size_t t = 0; t < story.words.size(); ++t) {
        const Span word = story.words[t];
        if (!has_digit(story.folded, word)) continue;
        const auto bytes = story.folded_word(t);
        zeroed.assign(bytes.begin(), bytes.end());
        for (std::uint8_t& c : zeroed) c = c < 0x40 ? '0' : c;
        story.zeroed[t] = xxh3::hash(zeroed);
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

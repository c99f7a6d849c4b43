// Hashes and letter pairs of the words that were found in a text.
#include <algorithm>

#include "story.hpp"
#include "xxh3.hpp"

namespace dupdetect {
namespace {

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

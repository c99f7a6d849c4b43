// From a text to the hashes of its shingles, and to its MinHash signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sketch/minhash.hpp"
#include "sketch/shingle.hpp"
#include "text/story.hpp"

namespace dupdetect {

struct Signer {
    Story story;
    std::vector<std::uint64_t> shingles;
    Room<std::uint32_t> mixed;

    // Signs the shingles that stand here.
    void sign(Words32 a, Words32 b, std::span<std::uint32_t> signature) {
        mix_upper(shingles, mixed);
        minima(mixed, a, b, signature);
    }

    // Signs all words of a text.
    void sign_text(Bytes text, std::size_t shingle_words, Words32 a, Words32 b,
                   std::span<std::uint32_t> signature) {
        prepare(text, {}, story);
        shingle(story.hashes, shingle_words, shingles);
        sign(a, b, signature);
    }
};

}  // namespace dupdetect

// Letters of texts that were scanned: how odd they are, and stretches of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "text/story.hpp"

namespace dupdetect {

// How badly a text was read from a scan, by its first words: a name that is odd in its language is
// so in the same way wherever it stands, a misread word each time in another.
class OddLetters {
public:
    void clear();
    // Whether more words are wanted.
    bool add(Bytes word);
    // One stretch of letters in so many is a fingerprint: the more misread, the more of them, so
    // that about as many stay the same; 0: the text is sound.
    std::uint64_t sampled() const;

private:
    void see(std::uint32_t triple);
    std::size_t odd() const { return seen_.size() + mixed_; }
    bool is_odd(std::size_t most_letters) const { return odd() * most_letters >= letters_; }

    std::vector<std::uint32_t> seen_;  // odd triples, each once
    std::size_t letters_ = 0, mixed_ = 0;  // and words of letters and digits
};

// Appends the hashes of stretches of letters, one of `sampled`. The lowest 24 bits are 0.
void letter_fingerprints(Bytes letters, std::uint64_t sampled, std::vector<std::uint64_t>& out);

}  // namespace dupdetect

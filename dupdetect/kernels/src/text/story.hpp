// A story as the kernels see it: tokens with spans and hashes, sentences, quotations and lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace dupdetect {

using Bytes = std::span<const std::uint8_t>;

inline bool is_lower(std::uint8_t c) { return c >= 'a' && c <= 'z'; }

inline constexpr std::uint8_t kSentenceStart = 1;
inline constexpr std::uint8_t kQuoted = 2;
inline constexpr std::uint8_t kLineStart = 4;
inline constexpr std::uint8_t kAnnounced = 8;
inline constexpr std::uint8_t kPost = 16;

// Flags of a line: how it ends, and what it is by itself.
inline constexpr std::uint8_t kEndsSentence = 1, kHasPhrase = 2, kEndsColon = 4, kCredit = 8,
                              kCaption = 16, kTwin = 32, kPlayer = 64, kLinkList = 128;

// What a line is taken for. Doubtful lines, which end no sentence, and standing ones, which come
// back for weeks, count only where they match; standing and weak ones are never prose.
inline constexpr std::uint8_t kBody = 0, kDoubtful = 1, kFurniture = 2, kStanding = 3, kWeak = 4;

struct Line {
    std::uint32_t token_begin = 0, token_end = 0;
    bool ends_sentence = false;
    bool ends_colon = false;  // it announces what follows
    bool link_list = false;  // inside a paragraph
};

struct Span {
    std::uint32_t at, size;
};

// Numbers that are written before they are read: making room does not clear it.
template <typename T>
struct Unset : std::allocator<T> {
    template <typename U>
    struct rebind {
        using other = Unset<U>;
    };
    template <typename U>
    void construct(U* place) {
        ::new (static_cast<void*>(place)) U;
    }
    template <typename U, typename... Values>
    void construct(U* place, Values&&... values) {
        ::new (static_cast<void*>(place)) U(std::forward<Values>(values)...);
    }
};
template <typename T>
using Room = std::vector<T, Unset<T>>;

struct Story {
    Room<std::uint64_t> hashes;  // XXH3 of the folded bytes
    Room<std::uint64_t> zeroed;  // the same with digits folded to 0
    std::vector<std::uint64_t> masks;  // character bigrams, 0 for words under four letters
    Room<std::uint32_t> starts, ends;  // half-open bytes of the raw text
    Room<std::uint8_t> marks;  // kSentenceStart | kQuoted | kLineStart | kAnnounced
    std::vector<Line> lines;
    bool flowing = false;  // no line breaks: sentences stand in for lines
                           // (as they do for a long line anywhere)
    Room<std::uint8_t> folded;  // folded bytes of the words, with room after the last
    Room<Span> words;  // where each word stands in them
    Room<std::uint32_t> run_begins, run_ends;  // scratch: of ASCII letters and digits
    Room<std::uint32_t> run_breaks;  // scratch: which runs follow more than plain separators
    Room<std::uint32_t> numbered;  // scratch: words that have digits
    Room<std::uint32_t> long_words;  // scratch: words of more than eight bytes

    std::size_t size() const { return words.size(); }
    Bytes folded_word(std::size_t t) const {
        return Bytes(folded).subspan(words[t].at, words[t].size);
    }
    void clear();
};

struct Wanted {
    bool zeroed = false, masks = false;
};

// Splits one UTF-8 text. Malformed bytes separate words; they are never read past the end.
void prepare(Bytes text, Wanted wanted, Story& story);

// The parts of it: words and lines, then what fills `hashes`, `zeroed` and `masks`.
void split_words(Bytes text, Story& story);
void hash_words(Story& story);
void hash_zeroed(Story& story);
void mask_words(Story& story);

// Whether a folded word is one character of a script without spaces, which is a word of its own:
// three bytes or more, one of them leading.
inline bool is_single(Bytes word) {
    return word.size() >= 3 && word[0] >= 0xE0 && word.size() == (word[0] >= 0xF0 ? 4U : 3U);
}

// Whether the character that begins there is an upper-case or title-case letter.
bool is_capital(Bytes text, std::size_t at);

// Bigrams of a folded word between two boundary marks, hashed to 64 bits; 0 under four letters.
std::uint64_t bigram_mask(Bytes word);

}  // namespace dupdetect

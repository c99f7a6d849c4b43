// Bodies made of texts, and texts asked about words of bodies again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "align/align.hpp"
#include "align/letter_runs.hpp"
#include "common/hash_set.hpp"
#include "text/story.hpp"

namespace dupdetect {

struct Texts {
    Bytes text;
    std::span<const std::int64_t> offsets;
    std::span<const std::uint8_t> line_status;
    std::span<const std::int64_t> line_offsets;

    std::size_t size() const { return offsets.size() - 1; }
    Bytes of(std::size_t story) const { return row(text, offsets, story); }
    std::span<const std::uint8_t> status(std::size_t story) const {
        return row(line_status, line_offsets, story);
    }
};

// A hash of folded words. Who does not know the key cannot write words that are equal by it.
class WordKey {
public:
    explicit WordKey(std::uint64_t key);
    // The word stands in bytes with room of eight behind it.
    std::uint64_t hash(Bytes folded, Span word) const;

private:
    std::uint64_t first_, second_;
};

using Mask = std::pair<std::uint64_t, std::uint64_t>;  // of a word, by its keyed hash; 0: none

struct MadeBodies {
    Room<std::uint32_t> words;
    Room<std::uint8_t> flags;
    std::vector<std::int64_t> counts;  // of words
    std::vector<std::int32_t> prose_words;
    std::vector<Mask> distinct;  // words may be there twice
};

class BodyMaker {
public:
    explicit BodyMaker(std::uint64_t key) : key_(key) {}
    void add(Bytes text, const Story& story, std::span<const std::uint8_t> line_status,
             MadeBodies& made);

private:
    static constexpr std::size_t kRecent = 1 << 12;  // what stays in the first cache

    bool is_new(std::uint64_t hash);
    void make_room();

    WordKey key_;
    std::size_t room_ = 1 << 12, known_size_ = 0;
    HashSet known_{room_};  // words that were named
    std::vector<std::uint64_t> recent_ = std::vector<std::uint64_t>(kRecent);  // some of those
};

// All parts in one, the distinct words ascending, each once.
MadeBodies joined(std::vector<MadeBodies>&& parts);

// The same, as callers take it: where the words of each story start, and what names each distinct
// word beside its letters.
struct BodyColumns {
    explicit BodyColumns(MadeBodies&& made);

    Room<std::uint32_t> words;
    Room<std::uint8_t> flags;
    std::vector<std::int64_t> offsets;
    std::vector<std::int32_t> prose_words;
    std::vector<std::uint64_t> distinct, masks;
};
MadeBodies split_bodies(const Texts& texts, std::uint64_t key, int threads);

// Words that a body gives numbers of their own, since another has the upper half of their hash.
struct MovedWords {
    std::span<const std::uint64_t> hashes;  // ascending
    std::span<const std::uint32_t> words;  // the number of each
};

// Where such words stand in bodies that were made, and the number of each.
std::pair<std::vector<std::int64_t>, std::vector<std::uint32_t>> places_of_moved(
    const Texts& texts, std::uint64_t key, std::span<const std::uint32_t> words,
    std::span<const std::int64_t> word_offsets, const MovedWords& moved);

// The letters of the bodies of some stories, for those which words alone cannot align.
struct MadeLetters {
    std::vector<std::uint16_t> letters;  // bytes of folded words; kFirstLetter begins one
    std::vector<std::int64_t> counts;  // of each story; 0: not wanted
};
MadeLetters body_letters(const Texts& texts, std::span<const std::uint8_t> wanted);

// The table that Masks reads.
std::pair<std::vector<std::uint32_t>, std::vector<std::uint64_t>> mask_table(
    std::span<const std::uint32_t> words, std::span<const std::uint64_t> masks);

// Where words of one body after the other stand in its text, in characters.
class Places {
public:
    explicit Places(const Texts& texts) : texts_(texts) {}
    // Half-open words to half-open characters; no words: nothing, where the next one starts.
    std::pair<std::int64_t, std::int64_t> characters(std::size_t story, std::int64_t first,
                                                     std::int64_t end);

private:
    void read(std::size_t story);
    std::int64_t character(std::uint32_t byte);

    const Texts& texts_;
    Story story_;
    std::size_t read_ = 0;  // story number + 1; 0: none
    std::vector<Span> words_;  // of the body; bytes
    bool ascii_ = true;
    std::uint32_t byte_ = 0;
    std::int64_t character_ = 0;
};

// A page's folded words, of all its lines, and where those of furniture begin.
class Page {
public:
    void read(Bytes text, std::span<const std::uint8_t> line_status);
    // Whether two pages have the same words but for furniture; with `lines`, whether a line of
    // furniture stands for itself where the other page has the same.
    bool same_words(const Page& other, bool lines) const;
    bool has_body() const { return has_body_; }

private:
    std::size_t size() const { return story_.size(); }
    // Words of the line of furniture that begins there; 0: none does.
    std::size_t furniture(std::size_t word) const { return word < size() ? sizes_[word] : 0; }
    bool equal(std::size_t word, const Page& other, std::size_t word_of_other,
               std::size_t count) const;

    Story story_;
    std::vector<std::uint32_t> sizes_;
    bool has_body_ = false;
};

// Whether two bodies are the same words, byte for byte. A line of furniture that the other page has
// in the same place makes no difference, whatever it is taken for there. Neighbouring pairs often
// share a story, which is kept.
class WordsCompared {
public:
    explicit WordsCompared(const Texts& texts) : texts_(texts) {}
    // Where the bodies differ by the hashes of their words, furniture alone can make them the same.
    bool same(std::size_t one, std::size_t other, bool by_hashes);
    std::size_t split() const { return split_; }  // texts

private:
    struct Kept {
        std::size_t story = 0;  // number + 1; 0: none
        Page page;
    };
    const Page& get(std::size_t place, std::size_t story);
    bool has_furniture(std::size_t story) const;

    const Texts& texts_;
    std::array<Kept, 2> kept_;
    std::size_t split_ = 0;
};

}  // namespace dupdetect

// A body of a pair, and what its facts ask of all of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "align/runs.hpp"
#include "common/hash_set.hpp"
#include "common/looked_at.hpp"
#include "facts/facts.hpp"
#include "numbers.hpp"

namespace dupdetect {

using Words = std::span<const FactWord>;

inline std::size_t as_size(std::int32_t number) { return static_cast<std::size_t>(number); }

inline std::int32_t weight(Words words) {
    look_at(words.size());
    const auto single =
        std::ranges::count_if(words, [](const FactWord& word) { return word.is(kSingle); });
    return static_cast<std::int32_t>(words.size()) - static_cast<std::int32_t>(single) * 3 / 7;
}

// The first characters of a text.
inline Bytes beginning(Bytes text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if ((text[at] & 0xC0U) != 0x80U && characters-- == 0) break;
    }
    return text.first(at);
}

inline std::uint64_t begin_hash(const FactBody& body, const FactWord& word,
                                std::size_t characters) {
    if (word.is(kNumber) || word.letters.size <= characters) return word.hash;
    return keyed_hash(beginning(body.letters_of(word), characters));
}

// Of two neighbouring characters.
inline std::uint64_t pair_hash(const FactBody& body, const FactWord& first,
                               const FactWord& second) {
    return keyed_hash(
        Bytes(body.letters).subspan(first.letters.at, first.letters.size + second.letters.size));
}

// Hashes of what a text knows.
inline void gather_known(const FactBody& body, HashSet& set) {
    look_at(body.words.size());
    set.clear(2 * body.words.size());
    for (std::size_t k = 0; k < body.words.size(); ++k) {
        const FactWord& word = body.words[k];
        set.add(begin_hash(body, word, as_size(numbers.facts.stem)));
        if (k > 0 && word.is(kSingle) && body.words[k - 1].is(kSingle))
            set.add(pair_hash(body, body.words[k - 1], word));
    }
}

// The words that have a capital amid a sentence.
inline void gather_capitals(const FactBody& body, HashSet& set) {
    look_at(body.words.size());
    set.clear(body.words.size());
    for (const FactWord& word : body.words) {
        if (word.is(kCapital) && !word.is(kFirst)) set.add(word.hash);
    }
}

// Hashes of a body, gathered when first asked for.
template <void (*gather)(const FactBody&, HashSet&)>
class Gathered {
public:
    void forget() { made_ = false; }

    bool has(const FactBody& body, std::uint64_t hash) {
        if (!made_) gather(body, set_);
        made_ = true;
        return set_.has(hash);
    }

private:
    HashSet set_;
    bool made_ = false;
};

// A body, and what its pairs ask of all of it: found once, so that each pair of a long story costs
// what the short one does.
class Side {
public:
    // Makes what is kept that of the words in `body`.
    void count() {
        look_at(body.words.size());
        known.forget();
        capitals.forget();
        indexed_ = false;
        single = letters = capital_letters = 0;
        for (const FactWord& word : body.words) {
            const bool lettered = !word.is(kNumber | kSingle);
            single += word.is(kSingle);
            letters += lettered;
            capital_letters += lettered && word.is(kCapital);
        }
        words = weight(body.words);
    }

    const GramIndex<std::uint64_t>& index() {
        if (!indexed_) index_.build(body.hashes, as_size(numbers.facts.seed_words));
        indexed_ = true;
        return index_;
    }

    FactBody body;
    std::size_t single = 0, letters = 0, capital_letters = 0;
    std::int32_t words = 0;  // see weight()
    Gathered<gather_known> known;
    Gathered<gather_capitals> capitals;

private:
    GramIndex<std::uint64_t> index_;
    bool indexed_ = false;
};

}  // namespace dupdetect

// Facts of pairs of stories that stand opposite each other, by several threads.
#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/hash_set.hpp"
#include "common/parallel.hpp"
#include "facts/equal_runs.hpp"
#include "facts/facts.hpp"
#include "text/xxh3.hpp"

namespace dupdetect {
namespace {

constexpr std::int32_t kSeedWords = 4;
constexpr std::int32_t kSlotWords = 20;  // a longer gap is other prose, no slot
constexpr std::int32_t kAround = 6, kAroundCharacters = 8,
                       kNear = 2;  // words on either side of a slot; equal ones
constexpr std::int32_t kNearEdge = 4, kEdgeWords = 8;  // at a text's edge: equal ones; its own
constexpr std::int32_t kListNumbers = 3;  // other numbers on both sides of a longer gap
constexpr std::int32_t kShortWords = 80;
constexpr std::int32_t kBlockWords = 120;  // both texts: then openings may stand before a block
constexpr std::int32_t kOpeningWords = 8, kOpeningPart = 8;
constexpr std::size_t kAlike = 65, kMostLetters = 128;  // percent; of a filler
constexpr std::size_t kStem = 5, kPrefix = 3, kUnitWords = 3;

// Lengths are in words; of scripts without spaces 7 characters are 4 words.
struct Facts {
    std::int32_t words = 0, equal = 0;
    std::int32_t slots = 0, number_slots = 0, name_slots = 0, fillers = 0, spellings = 0;
    std::int32_t numbers_equal = 0, numbers_opposite = 0;
    std::int32_t characters = 0, caseless = 0, is_short = 0, openings = 0, money_apart = 0;
};
constexpr std::size_t kFacts = sizeof(Facts) / sizeof(std::int32_t);

using Words = std::span<const FactWord>;
using Set = std::vector<std::uint64_t>;  // few hashes, each once

bool has(const Set& set, std::uint64_t hash) { return std::ranges::find(set, hash) != set.end(); }
void add(Set& set, std::uint64_t hash) {
    if (!has(set, hash)) set.push_back(hash);
}
std::int32_t count_in(const Set& set, const Set& other) {
    return static_cast<std::int32_t>(
        std::ranges::count_if(set, [&](std::uint64_t hash) { return has(other, hash); }));
}
std::int32_t size_of(const Set& set) { return static_cast<std::int32_t>(set.size()); }

std::int32_t weight(Words words) {
    const auto single =
        std::ranges::count_if(words, [](const FactWord& word) { return word.is(kSingle); });
    return static_cast<std::int32_t>(words.size()) - static_cast<std::int32_t>(single) * 3 / 7;
}

// The first characters of a text.
Bytes beginning(Bytes text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if ((text[at] & 0xC0U) != 0x80U && characters-- == 0) break;
    }
    return text.first(at);
}

std::uint64_t begin_hash(const FactBody& body, const FactWord& word, std::size_t characters) {
    if (word.is(kNumber) || word.letters.size <= characters) return word.hash;
    return xxh3::hash(beginning(body.letters_of(word), characters));
}

// Of two neighbouring characters.
std::uint64_t pair_hash(const FactBody& body, const FactWord& first, const FactWord& second) {
    return xxh3::hash(
        Bytes(body.letters).subspan(first.letters.at, first.letters.size + second.letters.size));
}

// The letters of neighbouring words.
Bytes letters_of(const FactBody& body, Words filler) {
    const Span first = filler.front().letters, last = filler.back().letters;
    return Bytes(body.letters).subspan(first.at, last.at + last.size - first.at);
}

Set numbers_of(Words filler) {
    Set numbers;
    for (const FactWord& word : filler)
        if (word.is(kNumber)) add(numbers, word.hash);
    return numbers;
}

bool all_digits(Bytes letters) {
    return std::ranges::all_of(letters, [](std::uint8_t c) { return c >= '0' && c <= '9'; });
}

std::uint64_t point_from(Bytes text, std::size_t& at) {
    std::uint64_t point = text[at++];
    while (at < text.size() && (text[at] & 0xC0U) == 0x80U) point = point << 8 | text[at++];
    return point;
}

// Whether most letters stand in both in the same order (Dice coefficient of the longest common
// subsequence).
bool alike(Bytes one, Bytes other) {
    const auto characters = [](Bytes text) {
        return static_cast<std::size_t>(
            std::ranges::count_if(text, [](std::uint8_t c) { return (c & 0xC0U) != 0x80U; }));
    };
    const std::size_t rows = characters(one), columns = characters(other);
    const std::size_t needed = kAlike * (rows + columns);
    if (std::max(rows, columns) > kMostLetters || 200 * std::min(rows, columns) <= needed)
        return false;
    std::array<std::uint64_t, kMostLetters> letters;
    for (std::size_t c = 0, at = 0; c < columns; ++c) letters[c] = point_from(other, at);
    std::array<std::uint8_t, kMostLetters + 1> row{};
    for (std::size_t r = 0, at = 0; r < rows; ++r) {
        const std::uint64_t letter = point_from(one, at);
        std::uint8_t above = 0;
        for (std::size_t c = 1; c <= columns; ++c) {
            const std::uint8_t diagonal = above;
            above = row[c];
            row[c] = letter == letters[c - 1] ? static_cast<std::uint8_t>(diagonal + 1)
                                              : std::max(row[c], row[c - 1]);
        }
    }
    return 200 * std::size_t{row[columns]} > needed;
}

// Whether both name directions, and none in common.
bool turned(Words a, Words b) {
    const auto directions = [](Words filler) {
        Set found;
        for (const FactWord& word : filler) {
            if (word.code >= kPole && word.code <= kDirection) add(found, word.hash);
        }
        return found;
    };
    const Set in_a = directions(a);
    if (in_a.empty()) return false;
    const Set in_b = directions(b);
    return !in_b.empty() && count_in(in_a, in_b) == 0;
}

std::uint8_t unit_of(Words words) {
    const auto unit =
        std::ranges::find_if(words, [](const FactWord& word) { return word.code >= kUnit; });
    return unit == words.end() ? std::uint8_t{0} : unit->code;
}

// Hashes of what a text knows, gathered when first asked for.
class Known {
public:
    void forget() { made_ = false; }

    bool has(const FactBody& body, std::uint64_t hash) {
        if (!made_) gather(body);
        return set_.has(hash);
    }

private:
    void gather(const FactBody& body) {
        made_ = true;
        set_.clear(2 * body.words.size());
        for (std::size_t k = 0; k < body.words.size(); ++k) {
            const FactWord& word = body.words[k];
            set_.add(begin_hash(body, word, kStem));
            if (k > 0 && word.is(kSingle) && body.words[k - 1].is(kSingle))
                set_.add(pair_hash(body, body.words[k - 1], word));
        }
    }

    HashSet set_;
    bool made_ = false;
};

// A pair of bodies, the larger one first, and what its gaps hold.
class Matcher {
public:
    // `grams` is the index of a.
    Facts measure(const FactBody& a, const GramIndex<std::uint64_t>& grams, const FactBody& b) {
        a_ = &a;
        b_ = &b;
        facts_ = {};
        known_a_.forget();
        known_b_.forget();
        capitals_made_ = false;
        fillers_.clear();
        const auto single =
            std::ranges::count_if(b.words, [](const FactWord& word) { return word.is(kSingle); });
        characters_ = 2 * static_cast<std::size_t>(single) > b.words.size();
        short_ = weight(a.words) <= kShortWords;
        caseless_ = is_caseless();
        find_equal_runs(a.hashes, grams, b.hashes, b.grams, kSeedWords, 1 + characters_, runs_);
        equal_.assign(b.words.size(), 0);
        for (const Run& run : runs_)
            std::fill_n(equal_.begin() + run.b, run.words, std::uint8_t{1});
        for (std::size_t k = 1; k < runs_.size(); ++k) {
            const Run &before = runs_[k - 1], &after = runs_[k];
            const Gap gap{at(before.a + before.words), at(after.a), at(before.b + before.words),
                          at(after.b)};
            if (gap.a < gap.a_end && gap.b < gap.b_end) look(gap);
        }
        look_at_edges();
        return finish();
    }

private:
    struct Gap {
        std::size_t a, a_end, b, b_end;
    };

    // What stands before the first equal words and behind the last.
    void look_at_edges() {
        if (runs_.empty()) return;
        const Run &first = runs_.front(), &last = runs_.back();
        const Gap edges[] = {
            {0, at(first.a), 0, at(first.b)},
            {at(last.a + last.words), a_->words.size(), at(last.b + last.words), b_->words.size()}};
        for (const Gap& gap : edges) {
            if (gap.a < gap.a_end && gap.b < gap.b_end && is_few(*a_, gap.a, gap.a_end) &&
                is_few(*b_, gap.b, gap.b_end))
                look(gap);
        }
    }

    // Most of what is longer is much longer, and not walked.
    static bool is_few(const FactBody& body, std::size_t first, std::size_t end) {
        return end - first <= 2 * at(kEdgeWords) &&
               weight(Words(body.words).subspan(first, end - first)) <= kEdgeWords;
    }

    static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

    bool is_caseless() const {
        std::size_t letters = 0, capitals = 0;
        for (const FactBody* body : {a_, b_}) {
            for (const FactWord& word : body->words) {
                const bool lettered = !word.is(kNumber | kSingle);
                letters += lettered;
                capitals += lettered && word.is(kCapital);
            }
        }
        return !(0 < capitals && 5 * capitals < 3 * letters);
    }

    Facts finish() {
        std::int32_t equal = 0, single = 0;
        for (std::size_t j = 0; j < equal_.size(); ++j) {
            if (equal_[j] == 0) continue;
            ++equal;
            single += b_->words[j].is(kSingle);
            facts_.numbers_equal += b_->words[j].is(kNumber) || b_->words[j].code == kNumeral;
        }
        facts_.words = weight(a_->words);
        facts_.equal = equal - single * 3 / 7;
        std::ranges::sort(fillers_);
        fillers_.erase(std::unique(fillers_.begin(), fillers_.end()), fillers_.end());
        facts_.fillers += static_cast<std::int32_t>(fillers_.size());
        facts_.characters = characters_;
        facts_.caseless = caseless_;
        facts_.is_short = short_;
        facts_.openings = has_other_openings();
        facts_.money_apart = !a_->sums.empty() && !b_->sums.empty() && !share_sums();
        return facts_;
    }

    // Whether two short texts open with other sentences: teasers before one site's block.
    bool has_other_openings() const {
        const auto first =
            std::ranges::find_if(runs_, [](const Run& run) { return run.words >= kSeedWords; });
        if (first == runs_.end() || weight(a_->words) > kBlockWords) return false;
        std::int32_t equal = 0;
        for (auto run = runs_.begin(); run != first; ++run) equal += run->words;
        const std::int32_t least = std::min(prose(*a_, first->a), prose(*b_, first->b));
        return least >= kOpeningWords && kOpeningPart * least >= weight(b_->words) &&
               3 * equal <= least;
    }

    // The first words of a body, outside doubtful lines.
    static std::int32_t prose(const FactBody& body, std::int32_t words) {
        std::int32_t count = 0, single = 0;
        for (const FactWord& word : Words(body.words).first(at(words))) {
            count += !word.is(kDoubt);
            single += !word.is(kDoubt) && word.is(kSingle);
        }
        return count - single * 3 / 7;
    }

    bool share_sums() const {
        return std::ranges::any_of(
            a_->sums, [&](std::uint64_t sum) { return std::ranges::binary_search(b_->sums, sum); });
    }

    // What stands opposite each other in one gap, filled on both sides.
    void look(Gap gap) {
        const Words a = Words(a_->words).subspan(gap.a, gap.a_end - gap.a);
        const Words b = Words(b_->words).subspan(gap.b, gap.b_end - gap.b);
        if (std::max(weight(a), weight(b)) > kSlotWords) {
            if (!characters_ && is_near(gap)) count_list(a, b);
            return;
        }
        const Bytes letters_a = letters_of(*a_, a), letters_b = letters_of(*b_, b);
        if (std::ranges::equal(letters_a, letters_b)) return;
        const bool other_way = turned(a, b), spelled = alike(letters_a, letters_b);
        facts_.spellings +=
            spelled && !other_way && !all_digits(letters_a) && !all_digits(letters_b);
        if (!is_near(gap)) return;
        const auto is_numeral = [](const FactWord& word) { return word.code == kNumeral; };
        const bool numerals =
            std::ranges::all_of(a, is_numeral) && std::ranges::all_of(b, is_numeral);
        const Set numbers_a = numbers_of(a), numbers_b = numbers_of(b);
        const bool opposite =
            !numbers_a.empty() && !numbers_b.empty() && count_in(numbers_a, numbers_b) == 0;
        facts_.numbers_opposite +=
            opposite ? std::max(size_of(numbers_a), size_of(numbers_b)) : numerals;
        if (opposite && other_units(gap)) return;  // 50 miles against 80 kilometres
        const bool number = numerals || (opposite && any_new(numbers_a, known_b_, *b_) &&
                                         any_new(numbers_b, known_a_, *a_));
        if (!number && !other_way && spelled && !characters_) return;
        const bool year = numerals && gap.b >= 2 &&
                          std::ranges::all_of(Words(b_->words).subspan(gap.b - 2, 2), is_numeral);
        const bool name = other_way || year || other_names(a, b);
        if (!number && !name) return;
        ++facts_.slots;
        facts_.number_slots += number;
        facts_.name_slots += name;
        fillers_.emplace_back(xxh3::hash(letters_a), xxh3::hash(letters_b));
    }

    // Whether there are equal words close by on either side; at a text's edge, more on one.
    bool is_near(Gap gap) const {
        const std::size_t around = at(characters_ ? kAroundCharacters : kAround);
        std::int32_t before = 0, after = 0;
        for (std::size_t j = gap.b - std::min(gap.b, around); j < gap.b; ++j) before += equal_[j];
        for (std::size_t j = gap.b_end; j < std::min(gap.b_end + around, equal_.size()); ++j)
            after += equal_[j];
        if (gap.b == 0 || gap.b_end == equal_.size()) return std::max(before, after) >= kNearEdge;
        return std::min(before, after) >= kNear;
    }

    // Two stretches of text that list other figures count as two slots.
    void count_list(Words a, Words b) {
        const Numbers numbers_a(a), numbers_b(b);
        const auto new_a =
            numbers_a.count([&](std::uint64_t hash) { return !known_b_.has(*b_, hash); });
        const auto new_b =
            numbers_b.count([&](std::uint64_t hash) { return !known_a_.has(*a_, hash); });
        const auto both = numbers_a.count([&](std::uint64_t hash) { return numbers_b.has(hash); });
        const std::int32_t fewest = std::min(numbers_a.size(), numbers_b.size());
        if (std::min(new_a, new_b) < kListNumbers || 3 * both > fewest) return;
        facts_.slots += 2;
        facts_.number_slots += 2;
        facts_.name_slots += 2;
        facts_.fillers += 1;
        facts_.numbers_opposite += fewest;
    }

    // Numbers of a stretch of any length, each once.
    class Numbers {
    public:
        explicit Numbers(Words words) {
            for (const FactWord& word : words)
                if (word.is(kNumber)) hashes_.push_back(word.hash);
            std::ranges::sort(hashes_);
            hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
        }
        std::int32_t size() const { return size_of(hashes_); }
        bool has(std::uint64_t hash) const { return std::ranges::binary_search(hashes_, hash); }
        template <typename Test>
        std::int32_t count(Test&& test) const {
            return static_cast<std::int32_t>(std::ranges::count_if(hashes_, test));
        }

    private:
        std::vector<std::uint64_t> hashes_;
    };

    static bool any_new(const Set& set, Known& known, const FactBody& body) {
        return std::ranges::any_of(set, [&](std::uint64_t hash) { return !known.has(body, hash); });
    }

    // Whether both numbers are followed by units, and those differ.
    bool other_units(Gap gap) const {
        const auto with_unit = [](const FactBody& body, std::size_t first, std::size_t end) {
            return Words(body.words)
                .subspan(first, std::min(end + kUnitWords, body.words.size()) - first);
        };
        const std::uint8_t a = unit_of(with_unit(*a_, gap.a, gap.a_end)),
                           b = unit_of(with_unit(*b_, gap.b, gap.b_end));
        return a != 0 && b != 0 && a != b;
    }

    struct Names {
        Set stems, begins;  // side by side
    };

    // Whether both have names that the other text does not have; in two short texts, that the other
    // filler does not have. What begins alike is one name in two forms.
    bool other_names(Words filler_a, Words filler_b) {
        const Names a = names_of(*a_, filler_a), b = names_of(*b_, filler_b);
        const bool near = short_ && !characters_;
        Set new_a, new_b;
        for (std::size_t k = 0; k < a.stems.size(); ++k) {
            if (near ? !has(b.stems, a.stems[k]) : !known_b_.has(*b_, a.stems[k]))
                add(new_a, a.begins[k]);
        }
        for (std::size_t k = 0; k < b.stems.size(); ++k) {
            if (near ? !has(a.stems, b.stems[k]) : !known_a_.has(*a_, b.stems[k]))
                add(new_b, b.begins[k]);
        }
        const std::int32_t common = characters_ ? 0 : count_in(new_a, new_b);
        return size_of(new_a) > common && size_of(new_b) > common;
    }

    // Words that may be names, by their stems; pairs of characters in scripts without spaces.
    Names names_of(const FactBody& body, Words filler) {
        Names names;
        const auto put = [&](std::uint64_t stem, std::uint64_t begin) {
            if (has(names.stems, stem)) return;
            names.stems.push_back(stem);
            names.begins.push_back(begin);
        };
        for (std::size_t k = 0; k < filler.size(); ++k) {
            const FactWord& word = filler[k];
            if (word.is(kSingle)) {
                if (k + 1 >= filler.size() || !filler[k + 1].is(kSingle)) continue;
                const std::uint64_t both = pair_hash(body, word, filler[k + 1]);
                put(both, both);
            } else if (!word.is(kNumber) && word.code != kNoName && has_two_letters(body, word)) {
                const bool capital =
                    word.is(kCapital) && (!word.is(kFirst) || is_capital_elsewhere(word.hash));
                if (caseless_ || capital)
                    put(begin_hash(body, word, kStem), begin_hash(body, word, kPrefix));
            }
        }
        return names;
    }

    static bool has_two_letters(const FactBody& body, const FactWord& word) {
        return beginning(body.letters_of(word), 1).size() < word.letters.size;
    }

    // Whether a word has a capital amid a sentence of either text.
    bool is_capital_elsewhere(std::uint64_t hash) {
        if (!capitals_made_) {
            capitals_made_ = true;
            capitals_.clear(a_->words.size() + b_->words.size());
            for (const FactBody* body : {a_, b_}) {
                for (const FactWord& word : body->words) {
                    if (word.is(kCapital) && !word.is(kFirst)) capitals_.add(word.hash);
                }
            }
        }
        return capitals_.has(hash);
    }

    const FactBody *a_ = nullptr, *b_ = nullptr;
    bool characters_ = false, caseless_ = false, short_ = false, capitals_made_ = false;
    Known known_a_, known_b_;
    HashSet capitals_;
    std::vector<Run> runs_;
    std::vector<std::uint8_t> equal_;  // per word of b
    std::vector<std::pair<std::uint64_t, std::uint64_t>> fillers_;
    Facts facts_;
};

struct Texts {
    Bytes text;
    std::span<const std::int64_t> offsets;
    std::span<const std::uint8_t> line_status;
    std::span<const std::int64_t> line_offsets;
};

// Pairs of stories; neighbouring ones often share one, which is kept.
class Measurer {
public:
    Measurer(const Texts& texts, const Lexicon& lexicon) : texts_(texts), lexicon_(lexicon) {}

    Facts measure(std::size_t one, std::size_t other) {
        if (kept_[1].story == one + 1 || kept_[0].story == other + 1) std::swap(kept_[0], kept_[1]);
        const FactBody &x = get(0, one), &y = get(1, other);
        const bool y_larger = std::ranges::lexicographical_compare(x.hashes, y.hashes);
        const bool swapped =
            x.words.size() < y.words.size() || (x.words.size() == y.words.size() && y_larger);
        const FactBody &a = swapped ? y : x, &b = swapped ? x : y;
        grams_.build(a.hashes, kSeedWords);
        return matcher_.measure(a, grams_, b);
    }

private:
    struct Kept {
        std::size_t story = 0;  // number + 1; 0: none
        FactBody body;
    };

    const FactBody& get(std::size_t place, std::size_t story) {
        Kept& kept = kept_[place];
        if (kept.story != story + 1) {
            kept.story = 0;
            const Bytes text = row(texts_.text, texts_.offsets, story);
            prepare(text, {}, story_);
            make_fact_body(text, story_, row(texts_.line_status, texts_.line_offsets, story),
                           lexicon_, kSeedWords, kept.body);
            kept.story = story + 1;
        }
        return kept.body;
    }

    const Texts& texts_;
    const Lexicon& lexicon_;
    std::array<Kept, 2> kept_;
    Story story_;
    GramIndex<std::uint64_t> grams_;
    Matcher matcher_;
};

}  // namespace

void bind_facts(nb::module_& module) {
    module.def(
        "facts",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::int64_t>& a, const Input<std::int64_t>& b,
           const Input<std::uint64_t>& lexicon, const Input<std::uint8_t>& codes, int threads) {
            const Texts texts{view(text), view(offsets), view(line_status), view(line_offsets)};
            check_offsets(texts.offsets, texts.text.size(), "offsets");
            check_offsets(texts.line_offsets, texts.line_status.size(), "line_offsets");
            check_equal(texts.line_offsets.size(), texts.offsets.size(), "line_offsets");
            check_equal(b.size(), a.size(), "b");
            check_equal(codes.size(), lexicon.size(), "codes");
            const auto stories_a = view(a), stories_b = view(b);
            const auto last = static_cast<std::int64_t>(texts.offsets.size()) - 1;
            for (std::size_t p = 0; p < stories_a.size(); ++p) {
                if (stories_a[p] < 0 || stories_a[p] >= last || stories_b[p] < 0 ||
                    stories_b[p] >= last) {
                    throw std::invalid_argument("pair " + std::to_string(p) +
                                                ": story numbers are 0 to " +
                                                std::to_string(last - 1));
                }
            }
            const Lexicon known(view(lexicon), view(codes));
            std::vector<std::int32_t> measures(stories_a.size() * kFacts);
            {
                const nb::gil_scoped_release release;
                constexpr std::size_t kChunk = 64;
                parallel_chunks(
                    stories_a.size(), threads, kChunk, [&] { return Measurer(texts, known); },
                    [&](Measurer& measurer, std::size_t first, std::size_t end) {
                        for (std::size_t p = first; p < end; ++p) {
                            const Facts found =
                                measurer.measure(static_cast<std::size_t>(stories_a[p]),
                                                 static_cast<std::size_t>(stories_b[p]));
                            const auto values =
                                std::bit_cast<std::array<std::int32_t, kFacts>>(found);
                            std::copy(values.begin(), values.end(),
                                      measures.begin() + static_cast<std::ptrdiff_t>(p * kFacts));
                        }
                    });
            }
            return to_numpy(std::move(measures), kFacts);
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("lexicon"), nb::arg("codes"),
        nb::arg("threads"));
}

}  // namespace dupdetect

// Facts of pairs of stories that stand opposite each other, by several threads.
#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

#include "common/bind.hpp"
#include "common/hash_set.hpp"
#include "common/looked_at.hpp"
#include "facts/equal_runs.hpp"
#include "facts/facts.hpp"
#include "facts/pairs.hpp"
#include "facts/side.hpp"
#include "numbers.hpp"
#include "text/bits.hpp"

namespace dupdetect {
namespace {

constexpr std::size_t kMostLetters = kCompiled.facts.most_letters;

// Lengths are in words; of scripts without spaces 7 characters are 4 words.
struct Facts {
    std::int32_t words = 0, equal = 0;
    std::int32_t slots = 0, number_slots = 0, name_slots = 0, fillers = 0, spellings = 0;
    std::int32_t numbers_equal = 0, numbers_opposite = 0;
    std::int32_t characters = 0, caseless = 0, is_short = 0, openings = 0, money_apart = 0;
    std::int32_t own_sums = 0, opposites = 0;
};

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

// Characters of a longest common subsequence of two texts of up to 64 bytes, all ASCII: a column of
// the textbook's table at a time, bit by bit (Hyyro 2004).
std::size_t common_bytes(Bytes one, Bytes other) {
    std::array<std::uint64_t, 256> places;  // of each byte in `one`; only what is asked of is set
    for (const std::uint8_t c : other) places[c] = 0;
    for (const std::uint8_t c : one) places[c] = 0;
    for (std::size_t k = 0; k < one.size(); ++k) places[one[k]] |= std::uint64_t{1} << k;
    std::uint64_t rest = ~std::uint64_t{0};
    for (const std::uint8_t c : other) {
        const std::uint64_t both = rest & places[c];
        rest = (rest + both) | (rest & ~both);
    }
    return one.size() - count_bits(rest << (64 - one.size()));
}

// Whether most letters stand in both in the same order (Dice coefficient of the longest common
// subsequence).
bool alike(Bytes one, Bytes other) {
    const auto characters = [](Bytes text) {
        return static_cast<std::size_t>(
            std::ranges::count_if(text, [](std::uint8_t c) { return (c & 0xC0U) != 0x80U; }));
    };
    const std::size_t rows = characters(one), columns = characters(other);
    const std::size_t needed = as_size(numbers.facts.alike) * (rows + columns);
    if (std::max(rows, columns) > kMostLetters || 200 * std::min(rows, columns) <= needed)
        return false;
    if (rows == one.size() && columns == other.size() && std::max(rows, columns) <= 64)
        return 200 * common_bytes(one, other) > needed;
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
    const auto unit = std::ranges::find_if(
        words, [](const FactWord& word) { return word.code >= kUnit && word.code < kOpposite; });
    return unit == words.end() ? std::uint8_t{0} : unit->code;
}

bool has_negation(Words words) {
    return std::ranges::any_of(words, [](const FactWord& word) { return word.code == kNegation; });
}

// A pair of bodies, the larger one first, and what its gaps hold.
class Matcher {
public:
    Facts measure(Side& side_a, Side& side_b) {
        const FactBody &a = side_a.body, &b = side_b.body;
        side_a_ = &side_a;
        side_b_ = &side_b;
        a_ = &a;
        b_ = &b;
        facts_ = {};
        fillers_.clear();
        characters_ = 2 * side_b.single > b.words.size();
        short_ = side_a.words <= numbers.facts.short_words;
        caseless_ = is_caseless();
        find_equal_runs(a.hashes, side_a.index(), b.hashes, b.grams, numbers.facts.seed_words,
                        1 + characters_, runs_);
        look_at(b.words.size());
        equal_.assign(b.words.size(), 0);
        for (const Run& run : runs_)
            std::fill_n(equal_.begin() + run.b, run.words, std::uint8_t{1});
        for (std::size_t k = 1; k < runs_.size(); ++k) {
            const Run &before = runs_[k - 1], &after = runs_[k];
            const Gap gap{at(before.a + before.words), at(after.a), at(before.b + before.words),
                          at(after.b)};
            if (gap.a < gap.a_end && gap.b < gap.b_end) look(gap);
            count_opposites(gap);
        }
        look_at_edges();
        return finish();
    }

private:
    struct Gap {
        std::size_t a, a_end, b, b_end;
    };

    // One word opposite one that means the opposite, a negation opposite nothing, or a few words
    // with one opposite a few without.
    void count_opposites(Gap gap) {
        const std::size_t in_a = gap.a_end - gap.a, in_b = gap.b_end - gap.b;
        const std::size_t most = numbers.facts.negated_words;
        if (in_a > most || in_b > most) return;
        const Words a = Words(a_->words).subspan(gap.a, in_a);
        const Words b = Words(b_->words).subspan(gap.b, in_b);
        const bool turned_word =
            in_a == 1 && in_b == 1 && std::min(a[0].code, b[0].code) >= kOpposite &&
            std::max(a[0].code, b[0].code) < kCount && (a[0].code ^ b[0].code) == 1;
        const bool negated =
            has_negation(a) != has_negation(b) &&
            (in_a == 0 || in_b == 0 ? in_a + in_b == 1
                                    : !std::ranges::equal(letters_of(*a_, a), letters_of(*b_, b)));
        facts_.opposites += turned_word || negated;
    }

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
        return end - first <= 2 * at(numbers.facts.edge_words) &&
               weight(Words(body.words).subspan(first, end - first)) <= numbers.facts.edge_words;
    }

    static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

    bool is_caseless() const {
        const std::size_t letters = side_a_->letters + side_b_->letters;
        const std::size_t capitals = side_a_->capital_letters + side_b_->capital_letters;
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
        facts_.words = side_a_->words;
        facts_.equal = equal - single * 3 / 7;
        std::ranges::sort(fillers_);
        fillers_.erase(std::unique(fillers_.begin(), fillers_.end()), fillers_.end());
        facts_.fillers += static_cast<std::int32_t>(fillers_.size());
        facts_.characters = characters_;
        facts_.caseless = caseless_;
        facts_.is_short = short_;
        facts_.openings = has_other_openings();
        const auto shared =
            static_cast<std::int32_t>(std::ranges::count_if(b_->sums, [&](std::uint64_t sum) {
                return std::ranges::binary_search(a_->sums, sum);
            }));
        facts_.money_apart = !a_->sums.empty() && !b_->sums.empty() && shared == 0;
        facts_.own_sums = static_cast<std::int32_t>(b_->sums.size()) - shared;
        return facts_;
    }

    // Whether two short texts open with other sentences: teasers before one site's block.
    bool has_other_openings() const {
        const auto first = std::ranges::find_if(
            runs_, [](const Run& run) { return run.words >= numbers.facts.seed_words; });
        if (first == runs_.end() || side_a_->words > numbers.facts.block_words) return false;
        std::int32_t equal = 0;
        for (auto run = runs_.begin(); run != first; ++run) equal += run->words;
        const std::int32_t least = std::min(prose(*a_, first->a), prose(*b_, first->b));
        return least >= numbers.facts.opening_words &&
               numbers.facts.opening_part * least >= side_b_->words && 3 * equal <= least;
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

    // Whether a gap is none of a slot; of very many words each weighs half a one at least.
    static bool is_long(Words words) {
        return words.size() > 2 * at(numbers.facts.slot_words) ||
               weight(words) > numbers.facts.slot_words;
    }

    // What stands opposite each other in one gap, filled on both sides.
    void look(Gap gap) {
        const Words a = Words(a_->words).subspan(gap.a, gap.a_end - gap.a);
        const Words b = Words(b_->words).subspan(gap.b, gap.b_end - gap.b);
        if (is_long(a) || is_long(b)) {
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
        const bool number =
            numerals || (opposite && any_new(numbers_a, *side_b_) && any_new(numbers_b, *side_a_));
        if (!number && !other_way && spelled && !characters_) return;
        const bool year = numerals && gap.b >= 2 &&
                          std::ranges::all_of(Words(b_->words).subspan(gap.b - 2, 2), is_numeral);
        const std::int32_t names = other_names(a, b);
        const bool name = other_way || year || names > 0;
        if (!number && (!name || (at_edge(gap) && !short_))) return;  // papers open as they like
        const std::int32_t slots = names >= numbers.facts.many_names && !characters_ ? 2 : 1;
        facts_.slots += slots;
        facts_.number_slots += number * slots;
        facts_.name_slots += name * slots;
        fillers_.emplace_back(keyed_hash(letters_a), keyed_hash(letters_b));
    }

    bool at_edge(Gap gap) const { return gap.b == 0 || gap.b_end == equal_.size(); }

    // Whether there are equal words close by on either side; at a text's edge, more on one.
    bool is_near(Gap gap) const {
        const std::size_t around =
            at(characters_ ? numbers.facts.around_characters : numbers.facts.around);
        std::int32_t before = 0, after = 0;
        for (std::size_t j = gap.b - std::min(gap.b, around); j < gap.b; ++j) before += equal_[j];
        for (std::size_t j = gap.b_end; j < std::min(gap.b_end + around, equal_.size()); ++j)
            after += equal_[j];
        if (at_edge(gap)) return std::max(before, after) >= numbers.facts.near_edge;
        return std::min(before, after) >= numbers.facts.near;
    }

    // Two stretches of text that list other figures count as two slots.
    void count_list(Words a, Words b) {
        const Numbers numbers_b(b);
        const auto new_b =
            numbers_b.count([&](std::uint64_t hash) { return !side_a_->known.has(*a_, hash); });
        if (new_b < numbers.facts.list_numbers)
            return;  // before a's words are read, which may be very many
        const Numbers numbers_a(a);
        const auto new_a =
            numbers_a.count([&](std::uint64_t hash) { return !side_b_->known.has(*b_, hash); });
        const auto both = numbers_a.count([&](std::uint64_t hash) { return numbers_b.has(hash); });
        const std::int32_t fewest = std::min(numbers_a.size(), numbers_b.size());
        if (new_a < numbers.facts.list_numbers || 3 * both > fewest) return;
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
            look_at(words.size());
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

    static bool any_new(const Set& set, Side& side) {
        return std::ranges::any_of(
            set, [&](std::uint64_t hash) { return !side.known.has(side.body, hash); });
    }

    // Whether both numbers are followed by units, and those differ.
    bool other_units(Gap gap) const {
        const auto with_unit = [](const FactBody& body, std::size_t first, std::size_t end) {
            return Words(body.words)
                .subspan(
                    first,
                    std::min(end + as_size(numbers.facts.unit_within), body.words.size()) - first);
        };
        const std::uint8_t a = unit_of(with_unit(*a_, gap.a, gap.a_end)),
                           b = unit_of(with_unit(*b_, gap.b, gap.b_end));
        return a != 0 && b != 0 && a != b;
    }

    struct Names {
        Set stems, begins;  // side by side
    };

    // Names that the other text does not have, on the side that has fewer; in two short texts, that
    // the other filler does not have. What begins alike is one name in two forms.
    std::int32_t other_names(Words filler_a, Words filler_b) {
        const Names a = names_of(*a_, filler_a), b = names_of(*b_, filler_b);
        const bool near = short_ && !characters_;
        Set new_a, new_b;
        for (std::size_t k = 0; k < a.stems.size(); ++k) {
            if (near ? !has(b.stems, a.stems[k]) : !side_b_->known.has(*b_, a.stems[k]))
                add(new_a, a.begins[k]);
        }
        for (std::size_t k = 0; k < b.stems.size(); ++k) {
            if (near ? !has(a.stems, b.stems[k]) : !side_a_->known.has(*a_, b.stems[k]))
                add(new_b, b.begins[k]);
        }
        const std::int32_t common = characters_ ? 0 : count_in(new_a, new_b);
        return std::min(size_of(new_a), size_of(new_b)) - common;
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
                    put(begin_hash(body, word, as_size(numbers.facts.stem)),
                        begin_hash(body, word, as_size(numbers.facts.prefix)));
            }
        }
        return names;
    }

    static bool has_two_letters(const FactBody& body, const FactWord& word) {
        return beginning(body.letters_of(word), 1).size() < word.letters.size;
    }

    // Whether a word has a capital amid a sentence of either text.
    bool is_capital_elsewhere(std::uint64_t hash) const {
        return side_a_->capitals.has(*a_, hash) || side_b_->capitals.has(*b_, hash);
    }

    const FactBody *a_ = nullptr, *b_ = nullptr;
    Side *side_a_ = nullptr, *side_b_ = nullptr;
    bool characters_ = false, caseless_ = false, short_ = false;
    std::vector<Run> runs_;
    std::vector<std::uint8_t> equal_;  // per word of b
    std::vector<std::pair<std::uint64_t, std::uint64_t>> fillers_;
    Facts facts_;
};

// Pairs of stories; neighbouring ones often share one, which is kept.
class Measurer {
public:
    Measurer(const PairTexts& texts, const Lexicon& lexicon) : texts_(texts), lexicon_(lexicon) {}

    Facts measure(std::size_t one, std::size_t other) {
        if (kept_[1].story == one + 1 || kept_[0].story == other + 1) std::swap(kept_[0], kept_[1]);
        Side &x = get(0, one), &y = get(1, other);
        const std::size_t words_x = x.body.words.size(), words_y = y.body.words.size();
        const bool swapped = words_x != words_y ? words_x < words_y : comes_first(x.body, y.body);
        return swapped ? matcher_.measure(y, x) : matcher_.measure(x, y);
    }

private:
    // By the texts of the words: their hashes are others in each process.
    static bool comes_first(const FactBody& one, const FactBody& other) {
        for (std::size_t k = 0; k < one.words.size(); ++k) {
            if (one.words[k].hash == other.words[k].hash) continue;
            return std::ranges::lexicographical_compare(one.text_of(one.words[k]),
                                                        other.text_of(other.words[k]));
        }
        return false;
    }

    struct Kept {
        std::size_t story = 0;  // number + 1; 0: none
        Side side;
    };

    Side& get(std::size_t place, std::size_t story) {
        Kept& kept = kept_[place];
        if (kept.story != story + 1) {
            kept.story = 0;
            const Bytes text = row(texts_.text, texts_.offsets, story);
            prepare(text, {}, story_);
            make_fact_body(text, story_, row(texts_.line_status, texts_.line_offsets, story),
                           lexicon_, as_size(numbers.facts.seed_words), kept.side.body);
            kept.side.count();
            kept.story = story + 1;
        }
        return kept.side;
    }

    const PairTexts& texts_;
    const Lexicon& lexicon_;
    std::array<Kept, 2> kept_;
    Story story_;
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
            const PairTexts texts{view(text), view(offsets), view(line_status), view(line_offsets)};
            const auto stories_a = view(a), stories_b = view(b);
            check_pairs(texts, stories_a, stories_b, "b");
            check_equal(codes.size(), lexicon.size(), "codes");
            const auto known = lexicon_of(view(lexicon), view(codes));
            return measure_pairs<Facts>(stories_a, stories_b, threads,
                                        [&] { return Measurer(texts, *known); });
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("lexicon"), nb::arg("codes"),
        nb::arg("threads"));
}

}  // namespace dupdetect

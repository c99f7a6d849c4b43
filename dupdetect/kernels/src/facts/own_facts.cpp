// What one story of a pair names that stands nowhere in the other.
#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <utility>
#include <vector>

#include "common/bind.hpp"
#include "common/hash_set.hpp"
#include "common/looked_at.hpp"
#include "facts/facts.hpp"
#include "facts/pairs.hpp"
#include "facts/side.hpp"
#include "numbers.hpp"

namespace dupdetect {
namespace {

struct OwnFacts {
    std::int32_t words = 0, entries = 0, lines = 0, facts = 0, leads = 0, notices = 0, signs = 0;
};

using Code = std::uint8_t;
using Sign = std::pair<std::string_view, Code>;
constexpr std::array<Sign, 3> kSigns = {{{"+", 1}, {"-", 2}, {"−", 2}}};
constexpr std::array<Sign, 5> kCurrencies = {
    {{"$", 4}, {"€", 8}, {"£", 16}, {"¥", 32}, {"￥", 32}}};
constexpr Code kAnySign = 3, kAnyCurrency = 60;

std::string_view as_view(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The sign before a number, by the raw text before it: "-" only behind a space or a bracket.
Code sign_before(Bytes text) {
    std::string_view before = as_view(text.last(std::min<std::size_t>(text.size(), 5)));
    for (const auto& [sign, code] : kSigns) {
        if (!before.ends_with(sign)) continue;
        before.remove_suffix(sign.size());
        return before.empty() || std::string_view(" \n(").find(before.back()) != before.npos
                   ? code
                   : Code{0};
    }
    if (before.ends_with(' ')) before.remove_suffix(1);
    for (const auto& [sign, code] : kCurrencies)
        if (before.ends_with(sign)) return code;
    return 0;
}

std::uint64_t joined(std::uint64_t before, std::uint64_t hash) {
    return std::rotl(before, 1) ^ hash;
}

struct Signed {
    std::uint64_t number;
    Code sign;
};

struct Part {
    std::size_t first, end;  // its words
    std::uint8_t status;
    bool ends_sentence;
    bool before_prose = false;
};

// A story with all its lines, furniture too.
class Whole {
public:
    void read(Bytes text, std::span<const std::uint8_t> line_status, const Lexicon& lexicon) {
        prepare(text, {}, story_);
        check_equal(line_status.size(), story_.lines.size(), "line_status of a story");
        none_.assign(line_status.size(), kBody);
        make_fact_body(text, story_, none_, lexicon, as_size(numbers.facts.seed_words), body);
        look_at(body.words.size());
        split(text, line_status);
        std::size_t letters = 0, capitals = 0;
        signs.clear();
        commas.assign(body.words.size(), 0);
        for (std::size_t k = 0; k < body.words.size(); ++k) {
            const FactWord& word = body.words[k];
            const bool lettered = !word.is(kNumber | kSingle);
            letters += lettered;
            capitals += lettered && word.is(kCapital);
            if (k > 0) {
                const std::uint32_t from = body.words[k - 1].end;
                const auto between = as_view(text.subspan(from, word.start - from));
                commas[k] = between.find_first_of(",;") != between.npos;
            }
            const Code sign = word.is(kNumber) ? sign_before(text.first(word.start)) : Code{0};
            if (sign != 0) signs.push_back({word.hash, sign});
        }
        caseless = !(0 < capitals && 5 * capitals < 3 * letters);
        indexed_ = false;
    }

    // Makes what is asked of the kept story.
    void index() {
        if (std::exchange(indexed_, true)) return;
        gather_known(body, known);
        words.clear(body.words.size());
        pairs.clear(body.words.size());
        for (std::size_t k = 0; k < body.words.size(); ++k) {
            words.add(body.words[k].hash);
            if (k > 0) pairs.add(joined(body.words[k - 1].hash, body.words[k].hash));
        }
    }

    FactBody body;
    std::vector<Part> lines;
    std::vector<Signed> signs;
    std::vector<std::uint8_t> commas;  // per word: whether one stands before it
    bool caseless = false;
    HashSet known, words, pairs;

private:
    void split(Bytes text, std::span<const std::uint8_t> line_status) {
        lines.clear();
        std::size_t word = 0;
        for (std::size_t l = 0; l < line_status.size(); ++l) {
            const Line& line = story_.lines[l];
            const std::size_t end =
                line.token_end < story_.size() ? story_.starts[line.token_end] : text.size();
            const std::size_t first = word;
            while (word < body.words.size() && body.words[word].start < end) ++word;
            lines.push_back({first, word, line_status[l], line.ends_sentence});
        }
        bool prose = false;
        for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
            line->before_prose = prose;
            prose |= line->status == kBody && line->ends_sentence;
        }
    }

    Story story_;
    std::vector<std::uint8_t> none_;
    bool indexed_ = false;
};

// Counts what a row names.
class Counter {
public:
    OwnFacts count(const Whole& row, Whole& kept) {
        kept.index();
        row_ = &row;
        kept_ = &kept;
        for (auto* seen : {&entries_, &lines_, &facts_, &leads_, &notices_}) seen->clear();
        OwnFacts found;
        for (const Part& line : row.lines) {
            if (line.first == line.end || row.body.words[line.first].code == kCreditWord) continue;
            if (line.status == kDoubtful) {
                const std::int32_t entries = count_entries(line);
                if (entries > 0 && add(entries_, hash_of(line))) found.entries += entries;
                if ((entries > 0 || is_other(line)) && add(lines_, hash_of(line)))
                    found.lines += std::max(entries, 1);
            } else if (line.status != kStanding) {
                add_facts(line);
            }
            if (line.status != kFurniture)
                found.words += static_cast<std::int32_t>(line.end - line.first);
        }
        found.facts = size_of(facts_);
        found.leads = std::exchange(found_leads_, 0);
        found.notices = size_of(notices_);
        found.signs = count_signs();
        return found;
    }

private:
    using Set = std::vector<std::uint64_t>;

    static std::int32_t size_of(const Set& set) { return static_cast<std::int32_t>(set.size()); }
    static bool add(Set& set, std::uint64_t hash) {
        const bool fresh = std::ranges::find(set, hash) == set.end();
        if (fresh) set.push_back(hash);
        return fresh;
    }

    const FactWord& word(std::size_t k) const { return row_->body.words[k]; }

    std::uint64_t hash_of(const Part& line) const {
        std::uint64_t hash = 0;
        for (std::size_t k = line.first; k < line.end; ++k) hash = joined(hash, word(k).hash);
        return hash;
    }

    // Whether the other text does not have a word; of scripts without spaces, two characters.
    bool is_new(std::size_t k) const {
        if (!word(k).is(kSingle))
            return !kept_->known.has(begin_hash(row_->body, word(k), as_size(numbers.facts.stem)));
        return k + 1 < row_->body.words.size() && word(k + 1).is(kSingle) &&
               !kept_->known.has(pair_hash(row_->body, word(k), word(k + 1)));
    }

    bool may_be_name(std::size_t k) const {
        if (word(k).is(kNumber) || word(k).code == kNoName) return false;
        return word(k).is(kSingle | kCapital) || row_->caseless;
    }

    // Entries of a list in a line most of whose words the other text does not have, and most behind
    // the first are names or figures, as in headlines they are not.
    std::int32_t count_entries(const Part& line) const {
        std::size_t fresh = 0, named = 0;
        bool number = false, letters = false, name = false;
        std::int32_t entries = 1;
        for (std::size_t k = line.first; k < line.end; ++k) {
            letters |= !word(k).is(kNumber);
            named += k > line.first && (word(k).is(kNumber) || may_be_name(k));
            if (!is_new(k)) continue;
            ++fresh;
            number |= word(k).is(kNumber);
            if (!may_be_name(k)) continue;
            name = true;
            entries += k > line.first && row_->commas[k];
        }
        const std::size_t words = line.end - line.first;
        if (words > as_size(numbers.facts.entry_words)) return 0;
        const bool mostly = 2 * fresh >= words && 2 * named + 1 >= words;
        return letters && (number || name) && mostly ? entries : 0;
    }

    // Whether a line with a figure stands in the other text in other words.
    bool is_other(const Part& line) const {
        bool number = false, letters = false;
        bool stands = line.end - line.first > 1 || kept_->words.has(word(line.first).hash);
        for (std::size_t k = line.first; k < line.end; ++k) {
            number |= word(k).is(kNumber);
            letters |= !word(k).is(kNumber);
            if (k > line.first) stands &= kept_->pairs.has(joined(word(k - 1).hash, word(k).hash));
        }
        return number && letters && !stands;
    }

    void add_facts(const Part& line) {
        Set* found = &facts_;
        if (line.status == kFurniture) {
            const auto& least = numbers.facts;
            const std::int32_t words = line.before_prose ? least.lead_words : least.notice_words;
            if (!line.ends_sentence || line.end - line.first < as_size(words)) return;
            for (std::size_t k = line.first; k < line.end; ++k)
                if (word(k).code == kAddress) return;  // "our free newsletter"
            found = line.before_prose ? &leads_ : &notices_;
        }
        for (std::size_t k = line.first; k < line.end; ++k) {
            const bool name = !row_->caseless && may_be_name(k) && !word(k).is(kSingle | kFirst);
            const bool number = word(k).is(kNumber);
            if ((name || number) && is_new(k) && add(*found, word(k).hash) && found == &leads_)
                found_leads_ += number ? 2 : 1;
        }
    }

    // Numbers that both texts sign, and never alike.
    std::int32_t count_signs() {
        std::int32_t found = 0;
        for (const Signed& one : row_->signs) {
            const Code of_one = signs_of(*row_, one.number),
                       of_other = signs_of(*kept_, one.number);
            const auto differ = [&](Code kind) {
                return (of_one & kind) != 0 && (of_other & kind) != 0 &&
                       (of_one & of_other & kind) == 0;
            };
            found += differ(kAnySign) || differ(kAnyCurrency);
        }
        return found;
    }

    static Code signs_of(const Whole& story, std::uint64_t number) {
        Code found = 0;
        for (const Signed& one : story.signs)
            if (one.number == number) found = static_cast<Code>(found | one.sign);
        return found;
    }

    const Whole *row_ = nullptr, *kept_ = nullptr;
    Set entries_, lines_, facts_, leads_, notices_;
    std::int32_t found_leads_ = 0;  // figures count twice
};

// Rows and what is kept of them; rows of one story that stays follow each other.
class Measurer {
public:
    Measurer(const PairTexts& texts, const Lexicon& lexicon) : texts_(texts), lexicon_(lexicon) {}

    OwnFacts measure(std::size_t row_story, std::size_t kept_story) {
        if (last_ != kept_story + 1) read(kept_, kept_story);
        last_ = kept_story + 1;
        read(row_, row_story);
        return counter_.count(row_, kept_);
    }

private:
    void read(Whole& story, std::size_t number) {
        story.read(row(texts_.text, texts_.offsets, number),
                   row(texts_.line_status, texts_.line_offsets, number), lexicon_);
    }

    const PairTexts& texts_;
    const Lexicon& lexicon_;
    Whole row_, kept_;
    Counter counter_;
    std::size_t last_ = 0;  // number of the story that `kept_` holds, + 1; 0: none
};

}  // namespace

void bind_own_facts(nb::module_& module) {
    module.def(
        "own_facts",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::int64_t>& rows, const Input<std::int64_t>& kept,
           const Input<std::uint64_t>& lexicon, const Input<std::uint8_t>& codes, int threads) {
            const PairTexts texts{view(text), view(offsets), view(line_status), view(line_offsets)};
            const auto ours = view(rows), theirs = view(kept);
            check_pairs(texts, ours, theirs, "kept");
            check_equal(codes.size(), lexicon.size(), "codes");
            const auto known = lexicon_of(view(lexicon), view(codes));
            return measure_pairs<OwnFacts>(ours, theirs, threads,
                                           [&] { return Measurer(texts, *known); });
        },
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("rows"), nb::arg("kept"), nb::arg("lexicon"), nb::arg("codes"),
        nb::arg("threads"));
}

}  // namespace dupdetect

// Many pairs of stories aligned, by several threads.
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <tuple>

#include "align/align.hpp"
#include "align/bodies.hpp"
#include "align/gap.hpp"
#include "align/letter_runs.hpp"
#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/fields.hpp"
#include "common/parallel.hpp"
#include "common/signals.hpp"
#include "numbers.hpp"

namespace dupdetect {
namespace {

struct Part {
    std::vector<std::int64_t> passages, counts, changed, changed_counts;
};

struct Wanted {
    bool passages, changed;
    bool skip_unrelated;
};

class Aligner {
public:
    Aligner(const Bodies& bodies, StretchesOfAll& stretches, const AlignRule& rule, Wanted wanted)
        : bodies_(bodies), stretches_(stretches), rule_(rule), wanted_(wanted) {}

    Measures align(std::size_t story_a, std::size_t story_b, Part& part) {
        let_signals_in();
        take_a(story_a);
        const Body b = bodies_.of(story_b);
        number_grams(b.words, at(rule_.seed_words), grams_);
        find_runs<std::uint32_t>(a_.words, index_, b.words, grams_, rule_.seed_words, places_,
                                 runs_);
        const bool misread =
            !bodies_.letters_of(story_a).empty() && !bodies_.letters_of(story_b).empty();
        if (misread) all_runs_ = runs_;
        drop_stray_runs(rule_, std::min(a_.size(), b.size()), runs_);
        const bool by_letters = misread && find_by_letters(story_a, story_b, b);
        if (!runs_.empty()) {
            matches_.take_b(b.words.size());
            match_words(a_, b, bodies_.masks, gap_, misread ? misread_gap_ : gap_, rule_, runs_,
                        matches_);
        }
        // Which words letters find hangs on the way round: such a pair is always measured.
        if (runs_.empty() || (wanted_.skip_unrelated && !by_letters &&
                              !may_relate(a_, counts_, b, rule_, matches_))) {
            if (wanted_.passages) part.counts.push_back(0);
            if (wanted_.changed) part.changed_counts.push_back(0);
            return measure_unrelated(a_, b, rule_);
        }
        flag_words(a_, b, rule_, matches_);
        find_passages(rule_, matches_, passages_);
        if (wanted_.passages) write_passages(part);
        if (wanted_.changed) write_changed(part);
        return measure(a_, counts_, b, rule_, matches_, passages_);
    }

private:
    static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

    // Indexed and counted while it stays the same.
    void take_a(std::size_t story) {
        if (story_a_ == story + 1) return;
        a_ = bodies_.of(story);
        index_.build(a_.words, at(rule_.seed_words));
        counts_.count(a_);
        matches_.take_a(a_.words.size());
        story_a_ = story + 1;
    }

    // Where equal words are few, less than a quarter of the smaller text: whether letters find
    // more. In long texts some letters are the same by chance. Tells whether letters were asked.
    bool find_by_letters(std::size_t story_a, std::size_t story_b, const Body& b) {
        const std::int32_t smaller = std::min(a_.size(), b.size()), found = words_in(runs_);
        if (4 * found >= smaller) return false;
        const auto a_letters = bodies_.letters_of(story_a), b_letters = bodies_.letters_of(story_b);
        if (!shared_.enough(stretches_.of(a_letters, story_a), story_a,
                            stretches_.of(b_letters, story_b), all_runs_, at(smaller)))
            return false;
        letter_runs_.find(a_letters, story_a, b_letters, by_letters_);
        drop_stray_runs(rule_, smaller, by_letters_);
        const std::int32_t words = words_in(by_letters_);
        if (words > found &&
            static_cast<std::int32_t>(numbers.damage.letter_share) * words >= smaller)
            std::swap(runs_, by_letters_);
        return true;
    }

    static std::int32_t words_in(const std::vector<Run>& runs) {
        std::int32_t words = 0;
        for (const Run& run : runs) words += run.words;
        return words;
    }

    void write_passages(Part& part) const {
        for (const Passage& p : passages_) {
            part.passages.insert(part.passages.end(), {p.a_first, p.a_last + 1, p.b_first,
                                                       p.b_last + 1, p.words, p.quoted});
        }
        part.counts.push_back(static_cast<std::int64_t>(passages_.size()));
    }

    // Stretches inside passages whose words differ; an empty span where only one side has words.
    void write_changed(Part& part) const {
        std::int64_t count = 0;
        for (const Passage& p : passages_) {
            std::int32_t i = p.a_first, j = p.b_first;
            const auto same = [&](std::int32_t x, std::int32_t y) {
                return matches_.how_b[at(y)] == kExact && matches_.to_a[at(y)] == x;
            };
            while (i <= p.a_last && j <= p.b_last) {
                if (same(i, j)) {
                    ++i;
                    ++j;
                    continue;
                }
                std::int32_t end_j = j, end_i = p.a_last + 1;
                for (; end_j <= p.b_last; ++end_j) {
                    if (matches_.how_b[at(end_j)] == kExact && matches_.to_a[at(end_j)] >= i &&
                        matches_.to_a[at(end_j)] <= p.a_last) {
                        end_i = matches_.to_a[at(end_j)];
                        break;
                    }
                }
                part.changed.insert(part.changed.end(), {i, end_i, j, end_j});
                ++count;
                i = end_i;
                j = end_j;
            }
        }
        part.changed_counts.push_back(count);
    }

    const Bodies& bodies_;
    StretchesOfAll& stretches_;
    const AlignRule& rule_;
    Wanted wanted_;
    Body a_;
    GramIndex<std::uint32_t> index_;  // of a
    Counts counts_;
    std::vector<std::uint32_t> grams_, places_;  // of b
    std::size_t story_a_ = 0;  // number + 1; 0 is none
    Gap gap_{bodies_.masks, rule_.word_dice};
    Gap misread_gap_{bodies_.masks, misread_dice(rule_)};
    std::vector<Run> runs_, all_runs_, by_letters_;
    LetterRuns letter_runs_;
    SharedStretches shared_;
    Matches matches_;
    std::vector<Passage> passages_;
};

std::vector<std::int64_t> offsets_of(const std::vector<Part>& parts,
                                     std::vector<std::int64_t> Part::* counts) {
    std::vector<std::int64_t> offsets{0};
    for (const Part& part : parts) {
        for (const std::int64_t n : part.*counts) offsets.push_back(offsets.back() + n);
    }
    return offsets;
}

std::vector<std::int64_t> joined(const std::vector<Part>& parts,
                                 std::vector<std::int64_t> Part::* values) {
    std::size_t size = 0;
    for (const Part& part : parts) size += (part.*values).size();
    std::vector<std::int64_t> all;
    all.reserve(size);
    for (const Part& part : parts)
        all.insert(all.end(), (part.*values).begin(), (part.*values).end());
    return all;
}

#define FIELD(member) DUPDETECT_FIELD(AlignRule, member)
constexpr std::tuple kRuleFields{FIELD(seed_words),    FIELD(run_words),      FIELD(near_words),
                                 FIELD(near_diagonal), FIELD(bridge_words),   FIELD(gap_words),
                                 FIELD(word_dice),     FIELD(sentence_share), FIELD(shingle_words),
                                 FIELD(passage_words), FIELD(overlap_words),  FIELD(reused_words),
                                 FIELD(contained)};
#undef FIELD

#define FIELD(member) DUPDETECT_FIELD(Measures, member)
constexpr std::array kMeasureFields{
    FIELD(a_words),         FIELD(b_words),     FIELD(a_covered),      FIELD(b_covered),
    FIELD(shared),          FIELD(quoted),      FIELD(doubtful),       FIELD(long_words),
    FIELD(long_prose),      FIELD(a_hits),      FIELD(a_first),        FIELD(a_end),
    FIELD(shared_shingles), FIELD(a_shingles),  FIELD(b_shingles),     FIELD(identical),
    FIELD(a_reach),         FIELD(solid_prose), FIELD(smaller_weight), FIELD(a_exact),
    FIELD(b_exact),         FIELD(unlike)};
#undef FIELD

// Each name stands in the column of its field.
constexpr bool in_column_order() {
    std::array<std::int32_t, kMeasures> columns{};
    for (std::size_t k = 0; k < kMeasures; ++k) columns[k] = static_cast<std::int32_t>(k);
    const auto measures = std::bit_cast<Measures>(columns);
    for (std::size_t k = 0; k < kMeasureFields.size(); ++k) {
        if (measures.*kMeasureFields[k].member != columns[k]) return false;
    }
    return true;
}
static_assert(kMeasureFields.size() == kMeasures && in_column_order());

}  // namespace

namespace {

// Each story has no letters, or those of as many words as its body.
void check_letters(const Bodies& bodies) {
    check_offsets(bodies.letter_offsets, bodies.letters.size(), "letter_offsets");
    check_equal(bodies.letter_offsets.size(), bodies.offsets.size(), "letter_offsets");
    for (std::size_t story = 0; story + 1 < bodies.offsets.size(); ++story) {
        const auto letters = bodies.letters_of(story);
        if (letters.empty()) continue;
        const auto words = std::ranges::count_if(letters, begins_word);
        check_equal(static_cast<std::size_t>(words), bodies.of(story).words.size(),
                    "words in letters of a story");
    }
}

}  // namespace

void bind_align(nb::module_& module) {
    bind_settings<AlignRule>(module, "AlignRule", kRuleFields);
    module.attr("MEASURES") = std::apply(
        [](const auto&... fields) { return field_names(std::tuple{fields...}); }, kMeasureFields);
    module.def(
        "align",
        [](const Input<std::uint32_t>& words, const Input<std::uint8_t>& flags,
           const Input<std::int64_t>& offsets, const Input<std::int32_t>& prose_words,
           const Input<std::uint32_t>& mask_words, const Input<std::uint64_t>& masks,
           const Input<std::int64_t>& a, const Input<std::int64_t>& b, AlignRule rule,
           const Input<std::uint32_t>& speech_words, bool passages, bool changed,
           bool skip_unrelated, int threads, const std::optional<Input<std::uint16_t>>& letters,
           const std::optional<Input<std::int64_t>>& letter_offsets) {
            check_offsets(view(offsets), words.size(), "offsets");
            check_equal(flags.size(), words.size(), "flags");
            check_equal(prose_words.size(), offsets.size() - 1, "prose_words");
            check_equal(b.size(), a.size(), "b");
            Bodies bodies{view(words), view(flags), view(offsets), view(prose_words),
                          Masks(view(mask_words), view(masks))};
            if (letters.has_value() != letter_offsets.has_value())
                throw std::invalid_argument("letters: given with letter_offsets or not at all");
            if (letters) {
                bodies.letters = view(*letters);
                bodies.letter_offsets = view(*letter_offsets);
                check_letters(bodies);
            }
            rule.gap_words = std::min(rule.gap_words, kMostGapWords);
            std::vector<std::uint32_t> speech(view(speech_words).begin(), view(speech_words).end());
            std::ranges::sort(speech);
            rule.speech_words = speech;
            const auto stories_a = view(a), stories_b = view(b);
            const auto last = static_cast<std::int64_t>(offsets.size()) - 1;
            for (std::size_t p = 0; p < stories_a.size(); ++p) {
                if (stories_a[p] < 0 || stories_a[p] >= last || stories_b[p] < 0 ||
                    stories_b[p] >= last) {
                    throw std::invalid_argument("pair " + std::to_string(p) +
                                                ": story numbers are 0 to " +
                                                std::to_string(last - 1));
                }
            }
            constexpr std::size_t kChunk = 512;
            std::vector<Part> parts((stories_a.size() + kChunk - 1) / kChunk);
            std::vector<std::int32_t> measures(stories_a.size() * kMeasures);
            {
                const nb::gil_scoped_release release;
                StretchesOfAll stretches(bodies.letters.empty() ? 0 : bodies.offsets.size() - 1);
                const auto make = [&] {
                    return Aligner(bodies, stretches, rule, {passages, changed, skip_unrelated});
                };
                parallel_chunks(stories_a.size(), threads, kChunk, make,
                                [&](Aligner& aligner, std::size_t first, std::size_t end) {
                                    for (std::size_t p = first; p < end; ++p) {
                                        const Measures m =
                                            aligner.align(static_cast<std::size_t>(stories_a[p]),
                                                          static_cast<std::size_t>(stories_b[p]),
                                                          parts[first / kChunk]);
                                        const auto values =
                                            std::bit_cast<std::array<std::int32_t, kMeasures>>(m);
                                        std::copy(values.begin(), values.end(),
                                                  measures.begin() +
                                                      static_cast<std::ptrdiff_t>(p * kMeasures));
                                    }
                                });
            }
            auto passage_offsets = offsets_of(parts, &Part::counts);
            auto changed_offsets = offsets_of(parts, &Part::changed_counts);
            return nb::make_tuple(
                to_numpy(std::move(measures), kMeasures), to_numpy(std::move(passage_offsets)),
                to_numpy(joined(parts, &Part::passages), 6), to_numpy(std::move(changed_offsets)),
                to_numpy(joined(parts, &Part::changed), 4));
        },
        nb::arg("words"), nb::arg("flags"), nb::arg("offsets"), nb::arg("prose_words"),
        nb::arg("mask_words"), nb::arg("masks"), nb::kw_only(), nb::arg("a"), nb::arg("b"),
        nb::arg("rule"), nb::arg("speech_words"), nb::arg("passages"), nb::arg("changed"),
        nb::arg("skip_unrelated"), nb::arg("threads"), nb::arg("letters") = nb::none(),
        nb::arg("letter_offsets") = nb::none());
}

}  // namespace dupdetect

// Many pairs of stories aligned, by several threads.
#include <nanobind/stl/optional.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <tuple>

#include "align/align.hpp"
#include "common/arrays.hpp"
#include "common/bind.hpp"
#include "common/fields.hpp"
#include "common/parallel.hpp"
#include "text/bits.hpp"

namespace dupdetect {
namespace {

struct Texts {
    Bytes text;
    std::span<const std::int64_t> offsets;
    std::span<const std::uint8_t> line_status;
    std::span<const std::int64_t> line_offsets;
    std::span<const std::uint8_t> misread;  // whether each came from a bad scan; empty: none

    Bytes of(std::size_t story) const { return row(text, offsets, story); }
    bool is_misread(std::size_t story) const { return !misread.empty() && misread[story] != 0; }
};

// Bodies made lately, by story number: neighbouring pairs share stories. Long stories leave room
// for few.
class Bodies {
public:
    explicit Bodies(const Texts& texts) : texts_(texts) {}

    // Whether making y's body could take x's place.
    bool evicts(std::size_t x, std::size_t y) const {
        return x != y && slots_[y % kSlots].story != y + 1 &&
               (x % kSlots == y % kSlots || held_ > kMostBytes);
    }

    const Body& get(std::size_t story, const AlignRule& rule) {
        Slot& slot = slots_[story % kSlots];
        if (slot.story != story + 1) {
            if (held_ > kMostBytes) clear();
            slot.story = 0;
            held_ -= slot.body.bytes();
            const Bytes text = texts_.of(story);
            prepare(text, {}, scratch_);
            make_body(text, scratch_, row(texts_.line_status, texts_.line_offsets, story), rule,
                      slot.body);
            held_ += slot.body.bytes();
            slot.story = story + 1;
        }
        return slot.body;
    }

private:
    static constexpr std::size_t kSlots = 1024, kMostBytes = 64 << 20;

    struct Slot {
        std::size_t story = 0;  // number + 1; 0 is empty
        Body body;
    };

    void clear() {
        std::fill(slots_.begin(), slots_.end(), Slot{});
        held_ = 0;
    }

    const Texts& texts_;
    Story scratch_;
    std::vector<Slot> slots_ = std::vector<Slot>(kSlots);
    std::size_t held_ = 0;  // bytes
};

// Character positions of ascending or descending byte positions in one text.
class Characters {
public:
    Characters(Bytes text, bool ascii) : text_(text), ascii_(ascii) {}

    std::int64_t at(std::uint32_t byte) {
        if (ascii_) return byte;
        const auto between =
            text_.subspan(std::min(byte, byte_), std::max(byte, byte_) - std::min(byte, byte_));
        const std::int64_t characters = count_characters(between);
        character_ += byte > byte_ ? characters : -characters;
        byte_ = byte;
        return character_;
    }

private:
    Bytes text_;
    bool ascii_;
    std::uint32_t byte_ = 0;
    std::int64_t character_ = 0;
};

struct Part {
    std::vector<std::int64_t> passages, counts, changed, changed_counts;
};

class Aligner {
public:
    Aligner(const Texts& texts, const AlignRule& rule, bool passages, bool changed)
        : texts_(texts), rule_(rule), want_passages_(passages), want_changed_(changed) {}

    Measures align(std::size_t story_a, std::size_t story_b, Part& part) {
        take_a(story_a);
        if (bodies_.evicts(story_a, story_b)) keep_a();
        const Body &a = *a_, &b = bodies_.get(story_b, rule_);
        find_runs(a, grams_, b, rule_, runs_);
        drop_stray_runs(rule_, std::min(a.size(), b.size()), runs_);
        const bool misread = texts_.is_misread(story_a) && texts_.is_misread(story_b);
        if (misread) find_by_letters(a, story_a, b);
        if (runs_.empty()) {
            if (want_passages_) part.counts.push_back(0);
            if (want_changed_) part.changed_counts.push_back(0);
            return measure_unrelated(a, b, rule_);
        }
        match_words(a, b, rule_, misread ? misread_dice(rule_) : rule_.word_dice, runs_, matches_);
        find_passages(rule_, matches_, passages_);
        if (want_passages_) write_passages(a, b, story_a, story_b, part);
        if (want_changed_) write_changed(a, b, story_a, story_b, part);
        return measure(a, b, rule_, matches_, passages_);
    }

private:
    static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

    // Indexed while it stays the same.
    void take_a(std::size_t story) {
        if (story_a_ == story + 1) return;
        story_a_ = 0;
        a_ = &bodies_.get(story, rule_);
        grams_.build(a_->grams);
        story_a_ = story + 1;
    }

    // Where equal words are few, less than a quarter of the smaller text: whether letters find
    // more.
    void find_by_letters(const Body& a, std::size_t story_a, const Body& b) {
        const std::int32_t smaller = std::min(a.size(), b.size()), found = words_in(runs_);
        if (4 * found >= smaller) return;
        letter_runs_.find(a, story_a, b, by_letters_);
        drop_stray_runs(rule_, smaller, by_letters_);
        const std::int32_t words = words_in(by_letters_);
        // In long texts some letters are the same by chance.
        if (words > found && kLetterShare * words >= smaller) std::swap(runs_, by_letters_);
    }

    static constexpr std::int32_t kLetterShare = 16;

    static std::int32_t words_in(const std::vector<Run>& runs) {
        std::int32_t words = 0;
        for (const Run& run : runs) words += run.words;
        return words;
    }

    // Moves a where b cannot take its place.
    void keep_a() {
        if (a_ == &copy_) return;
        copy_ = *a_;
        a_ = &copy_;
        grams_.build(copy_.grams);
    }

    void write_passages(const Body& a, const Body& b, std::size_t story_a, std::size_t story_b,
                        Part& part) {
        Characters in_a(texts_.of(story_a), a.ascii);
        Characters in_b(texts_.of(story_b), b.ascii);
        for (const Passage& p : passages_) {
            const std::array<std::int64_t, 6> values = {in_a.at(a.starts[at(p.a_first)]),
                                                        in_a.at(a.ends[at(p.a_last)]),
                                                        in_b.at(b.starts[at(p.b_first)]),
                                                        in_b.at(b.ends[at(p.b_last)]),
                                                        p.words,
                                                        p.quoted};
            part.passages.insert(part.passages.end(), values.begin(), values.end());
        }
        part.counts.push_back(static_cast<std::int64_t>(passages_.size()));
    }

    // Stretches inside passages whose words differ; an empty span where only one side has words.
    void write_changed(const Body& a, const Body& b, std::size_t story_a, std::size_t story_b,
                       Part& part) {
        Characters in_a(texts_.of(story_a), a.ascii);
        Characters in_b(texts_.of(story_b), b.ascii);
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
                const std::array<std::int64_t, 4> values = {
                    in_a.at(a.starts[at(std::min(i, p.a_last))]),
                    end_i > i ? in_a.at(a.ends[at(end_i - 1)])
                              : in_a.at(a.starts[at(std::min(i, p.a_last))]),
                    in_b.at(b.starts[at(std::min(j, p.b_last))]),
                    end_j > j ? in_b.at(b.ends[at(end_j - 1)])
                              : in_b.at(b.starts[at(std::min(j, p.b_last))])};
                part.changed.insert(part.changed.end(), values.begin(), values.end());
                ++count;
                i = end_i;
                j = end_j;
            }
        }
        part.changed_counts.push_back(count);
    }

    const Texts& texts_;
    const AlignRule& rule_;
    bool want_passages_, want_changed_;
    Bodies bodies_{texts_};
    const Body* a_ = nullptr;
    Body copy_;
    GramIndex grams_;  // of a
    std::size_t story_a_ = 0;  // number + 1; 0 is none
    std::vector<Run> runs_, by_letters_;
    LetterRuns letter_runs_;
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
    std::vector<std::int64_t> all;
    for (const Part& part : parts)
        all.insert(all.end(), (part.*values).begin(), (part.*values).end());
    return all;
}

#define FIELD(member) DUPDETECT_FIELD(AlignRule, member)
constexpr std::tuple kRuleFields{FIELD(seed_words),    FIELD(run_words),      FIELD(near_words),
                                 FIELD(near_diagonal), FIELD(bridge_words),   FIELD(gap_words),
                                 FIELD(word_dice),     FIELD(sentence_share), FIELD(sentence_words),
                                 FIELD(shingle_words), FIELD(passage_words),  FIELD(overlap_words),
                                 FIELD(cut_words),     FIELD(reused_words)};
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

void bind_align(nb::module_& module) {
    bind_settings<AlignRule>(module, "AlignRule", kRuleFields);
    module.attr("MEASURES") = std::apply(
        [](const auto&... fields) { return field_names(std::tuple{fields...}); }, kMeasureFields);
    module.def(
        "align",
        [](const Input<std::uint8_t>& text, const Input<std::int64_t>& offsets,
           const Input<std::uint8_t>& line_status, const Input<std::int64_t>& line_offsets,
           const Input<std::int64_t>& a, const Input<std::int64_t>& b, AlignRule rule,
           const Input<std::uint64_t>& speech_words, bool passages, bool changed, int threads,
           const std::optional<Input<std::uint8_t>>& misread) {
            const Texts texts{view(text), view(offsets), view(line_status), view(line_offsets),
                              misread ? view(*misread) : std::span<const std::uint8_t>{}};
            check_offsets(texts.offsets, texts.text.size(), "offsets");
            check_offsets(texts.line_offsets, texts.line_status.size(), "line_offsets");
            check_equal(texts.line_offsets.size(), texts.offsets.size(), "line_offsets");
            if (misread) check_equal(texts.misread.size(), texts.offsets.size() - 1, "misread");
            check_equal(b.size(), a.size(), "b");
            rule.gap_words = std::min(rule.gap_words, kMostGapWords);
            std::vector<std::uint64_t> speech(view(speech_words).begin(), view(speech_words).end());
            std::ranges::sort(speech);
            rule.speech_words = speech;
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
            constexpr std::size_t kChunk = 512;
            std::vector<Part> parts((stories_a.size() + kChunk - 1) / kChunk);
            std::vector<std::int32_t> measures(stories_a.size() * kMeasures);
            {
                const nb::gil_scoped_release release;
                const auto make = [&] { return Aligner(texts, rule, passages, changed); };
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
        nb::arg("text"), nb::arg("offsets"), nb::arg("line_status"), nb::arg("line_offsets"),
        nb::kw_only(), nb::arg("a"), nb::arg("b"), nb::arg("rule"), nb::arg("speech_words"),
        nb::arg("passages"), nb::arg("changed"), nb::arg("threads"),
        nb::arg("misread") = nb::none());
}

}  // namespace dupdetect

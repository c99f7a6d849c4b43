// Pairs of damaged texts: runs that begin at equal letters.
#include "align/letter_runs.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/looked_at.hpp"
#include "numbers.hpp"
#include "sketch/shingle.hpp"

namespace dupdetect {
void LetterRuns::Letters::of(std::span<const std::uint16_t> letters) {
    values.resize(letters.size());
    words.clear();
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (begins_word(letters[i])) words.push_back(static_cast<std::uint32_t>(i));
        // All bits, so that numbers of stretches are apart for bytes beyond ASCII, too.
        values[i] = (letters[i] & 0xFFU) * kShingleBase;
    }
    words.push_back(static_cast<std::uint32_t>(letters.size()));
}

double misread_dice(const AlignRule& rule) {
    return rule.word_dice <= 1 ? std::min(rule.word_dice, numbers.damage.misread_dice)
                               : rule.word_dice;
}

void LetterRuns::find(std::span<const std::uint16_t> a, std::size_t a_number,
                      std::span<const std::uint16_t> b, std::vector<Run>& runs) {
    if (a_number_ != a_number + 1) {
        a_.of(a);
        index_.build(a_.values, numbers.damage.seed_letters);
        word_at_.assign(a.size(), -1);
        for (std::size_t k = 0; k + 1 < a_.words.size(); ++k)
            word_at_[a_.words[k]] = static_cast<std::int32_t>(k);
        a_number_ = a_number + 1;
    }
    b_.of(b);
    number_grams<std::uint64_t>(b_.values, numbers.damage.seed_letters, grams_);
    find_runs<std::uint64_t>(a_.values, index_, b_.values, grams_, numbers.damage.seed_letters,
                             places_, stretches_);
    runs.clear();
    auto in_b = b_.words.begin();
    for (const Run& stretch : stretches_) {  // in b's order
        const auto begin = static_cast<std::uint32_t>(stretch.b),
                   end = static_cast<std::uint32_t>(stretch.b + stretch.words);
        while (*in_b < begin) ++in_b;  // the last one stands behind all letters
        for (; in_b + 1 < b_.words.end() && in_b[1] <= end; ++in_b) {
            const std::uint32_t first = *in_b - begin + static_cast<std::uint32_t>(stretch.a);
            const std::int32_t i = word_at_[first];
            if (i < 0) continue;
            const std::uint32_t next = a_.words[static_cast<std::size_t>(i) + 1];
            if (next - first != in_b[1] - *in_b) continue;
            const auto j = static_cast<std::int32_t>(in_b - b_.words.begin());
            if (!runs.empty() && runs.back().a + runs.back().words == i &&
                runs.back().b + runs.back().words == j) {
                ++runs.back().words;
            } else {
                runs.push_back({i, j, 1});
            }
        }
    }
}

const LetterStretches::Stretches& LetterStretches::of(std::span<const std::uint16_t> letters,
                                                      std::size_t number) {
    if (kept_ > kMost || slots_.empty()) {
        slots_.assign(kSlots, {});
        kept_ = 0;
    }
    Stretches& slot = slots_[number % kSlots];
    if (slot.number == number + 1) return slot;
    look_at(letters.size());
    values_.clear();
    words_.clear();
    std::int32_t word = -1;
    for (const std::uint16_t letter : letters) {
        word += begins_word(letter);
        words_.push_back(word);
        values_.push_back(letter & 0xFFU);
    }
    kept_ -= slot.hashes.size();
    slot = {number + 1, {}, {}, {}};
    const std::size_t size = numbers.damage.stretch;
    if (letters.size() < size) return slot;
    std::uint64_t power = 1, sum = 0;
    for (std::size_t k = 0; k < size; ++k) power *= kShingleBase;
    for (std::size_t k = 0; k < values_.size(); ++k) {
        sum = sum * kShingleBase + values_[k] - (k < size ? 0 : values_[k - size] * power);
        if (k + 1 < size || sum > ~std::uint64_t{0} / numbers.damage.sampled) continue;
        slot.hashes.push_back(static_cast<std::uint32_t>(mix64(sum) >> 32));
        slot.first.push_back(words_[k + 1 - size]);
        slot.last.push_back(words_[k]);
    }
    kept_ += slot.hashes.size();
    return slot;
}

bool LetterStretches::shared(std::span<const std::uint16_t> a, std::size_t a_number,
                             std::span<const std::uint16_t> b, std::size_t b_number,
                             const std::vector<Run>& runs, std::size_t smaller) {
    if (a_number_ != a_number + 1) {
        const Stretches& found = of(a, a_number);
        in_a_.build(found.hashes, 1);
        words_of_a_ = found.first;
        a_number_ = a_number + 1;
    }
    const Stretches& in_b = of(b, b_number);
    if (in_a_.grams().empty() || in_b.hashes.empty()) return false;
    look_at(in_b.hashes.size());
    in_a_.filter(in_b.hashes, places_);
    auto run = runs.begin();  // both ascend in b
    std::size_t count = 0;
    std::int32_t course = 0;  // a - b of the last one, in words
    for (const std::uint32_t k : places_) {
        while (run != runs.end() && run->b + run->words <= in_b.first[k]) ++run;
        if (run != runs.end() && in_b.last[k] >= run->b) continue;
        const std::int32_t in_a = in_a_.first(in_b.hashes[k]);
        if (in_a < 0) continue;
        const std::int32_t before = course;
        course = words_of_a_[static_cast<std::size_t>(in_a)] - in_b.first[k];
        count += count == 0 || std::abs(course - before) <= numbers.damage.course;
    }
    return count * numbers.damage.words_a_stretch > smaller;
}

}  // namespace dupdetect

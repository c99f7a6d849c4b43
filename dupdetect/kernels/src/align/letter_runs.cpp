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

void LetterStretches::of(std::span<const std::uint16_t> letters) {
    look_at(letters.size());
    const std::size_t size = numbers.damage.stretch;
    if (letters.size() < size) return;
    std::uint64_t power = 1, sum = 0;
    for (std::size_t k = 0; k < size; ++k) power *= kShingleBase;
    std::int32_t newest = -1, oldest = -1;  // words of the first and last letter of a stretch
    const auto take = [&](std::uint16_t letter) {
        newest += begins_word(letter);
        sum = sum * kShingleBase + (letter & 0xFFU);
    };
    for (const std::uint16_t letter : letters.first(size - 1)) take(letter);
    const std::uint64_t least = ~std::uint64_t{0} / numbers.damage.sampled;
    const std::size_t expected = letters.size() / numbers.damage.sampled;
    for (auto* one : {&first, &last}) one->reserve(expected);
    hashes.reserve(expected);
    for (std::size_t k = size - 1; k < letters.size(); ++k) {
        take(letters[k]);
        if (k >= size) sum -= (letters[k - size] & 0xFFU) * power;
        oldest += begins_word(letters[k + 1 - size]);
        if (sum > least) continue;
        hashes.push_back(static_cast<std::uint32_t>(mix64(sum) >> 32));
        first.push_back(oldest);
        last.push_back(newest);
    }
}

bool SharedStretches::enough(const LetterStretches& a, std::size_t a_number,
                             const LetterStretches& b, const std::vector<Run>& runs,
                             std::size_t smaller) {
    if (a_number_ != a_number + 1) {
        in_a_.build(a.hashes, 1);
        a_number_ = a_number + 1;
    }
    if (in_a_.grams().empty() || b.hashes.empty()) return false;
    look_at(b.hashes.size());
    in_a_.filter(b.hashes, places_);
    auto run = runs.begin();  // both ascend in b
    std::size_t count = 0;
    std::int32_t course = 0;  // a - b of the last one, in words
    for (const std::uint32_t k : places_) {
        while (run != runs.end() && run->b + run->words <= b.first[k]) ++run;
        if (run != runs.end() && b.last[k] >= run->b) continue;
        const std::int32_t in_a = in_a_.first(b.hashes[k]);
        if (in_a < 0) continue;
        const std::int32_t before = course;
        course = a.first[static_cast<std::size_t>(in_a)] - b.first[k];
        count += count == 0 || std::abs(course - before) <= numbers.damage.course;
    }
    return count * numbers.damage.words_a_stretch > smaller;
}

}  // namespace dupdetect

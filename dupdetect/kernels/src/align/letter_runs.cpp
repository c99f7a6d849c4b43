// Pairs of damaged texts: runs that begin at equal letters.
#include "align/letter_runs.hpp"

#include <algorithm>

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
        a_number_ = a_number + 1;
    }
    b_.of(b);
    number_grams<std::uint64_t>(b_.values, numbers.damage.seed_letters, grams_);
    find_runs<std::uint64_t>(a_.values, index_, b_.values, grams_, numbers.damage.seed_letters,
                             places_, stretches_);
    runs.clear();
    for (const Run& stretch : stretches_) {
        const auto begin = static_cast<std::uint32_t>(stretch.b),
                   end = static_cast<std::uint32_t>(stretch.b + stretch.words);
        auto in_b = std::ranges::lower_bound(b_.words, begin);
        for (; in_b + 1 < b_.words.end() && in_b[1] <= end; ++in_b) {
            const std::uint32_t first = *in_b - begin + static_cast<std::uint32_t>(stretch.a);
            const auto in_a = std::ranges::lower_bound(a_.words, first);
            if (in_a + 1 >= a_.words.end() || in_a[0] != first ||
                in_a[1] - first != in_b[1] - *in_b)
                continue;
            const auto i = static_cast<std::int32_t>(in_a - a_.words.begin()),
                       j = static_cast<std::int32_t>(in_b - b_.words.begin());
            if (!runs.empty() && runs.back().a + runs.back().words == i &&
                runs.back().b + runs.back().words == j) {
                ++runs.back().words;
            } else {
                runs.push_back({i, j, 1});
            }
        }
    }
}

}  // namespace dupdetect

// Passages, the sentence rule and everything a relation is decided from.
#include <algorithm>

#include "align.hpp"

namespace dupdetect {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// Words that tokens stand for: of Chinese and the like a word is 1.75 characters, give or take.
std::int32_t weight(std::int32_t words, std::int32_t single) { return words - single * 3 / 7; }

// Text without full stops is no sentence, however long it runs.
constexpr std::int32_t kLongestSentence = 80;

// A sentence most of whose words stand in the other story counts whole: it was edited, not added.
void cover_sentences(const Body& body, const AlignRule& rule, std::vector<std::uint8_t>& how) {
    for (std::size_t first = 0; first < how.size();) {
        std::size_t last = first, covered = 0;
        std::int32_t single = 0;
        for (; last < how.size() && body.sentences[last] == body.sentences[first]; ++last) {
            covered += how[last] != kUnmatched;
            single += body.single[last];
        }
        if (covered > 0 && weight(static_cast<std::int32_t>(last - first), single) <= kLongestSentence &&
            covered >= at(rule.sentence_words) &&
            static_cast<double>(covered) >= rule.sentence_share * static_cast<double>(last - first)) {
            for (std::size_t k = first; k < last; ++k) {
                if (how[k] == kUnmatched) how[k] = kSentence;
            }
        }
        first = last;
    }
}

// Shingles of b whose words all stand side by side in a too.
std::int32_t aligned_shingles(const Matches& matches, std::int32_t words) {
    std::int32_t count = 0, streak = 0;
    for (std::size_t j = 0; j < matches.to_a.size(); ++j) {
        const bool exact = matches.how_b[j] == kExact;
        const bool follows = j > 0 && matches.how_b[j - 1] == kExact &&
                             matches.to_a[j] == matches.to_a[j - 1] + 1;
        streak = exact ? (follows ? streak + 1 : 1) : 0;
        count += streak >= words;
    }
    return count;
}

bool counts(const Body& body, const std::vector<std::uint8_t>& how, std::size_t k) {
    return !body.doubtful[k] || how[k] != kUnmatched;
}

std::int32_t count_single(const Body& body) {
    return static_cast<std::int32_t>(std::count(body.single.begin(), body.single.end(), 1));
}

std::int32_t shingles_in(std::size_t words, const AlignRule& rule) {
    return std::max(static_cast<std::int32_t>(words) - rule.shingle_words + 1, 1);
}

}  // namespace

void find_passages(const Body& a, const Body& b, const AlignRule& rule, const Matches& matches,
                   std::vector<Passage>& passages) {
    passages.clear();
    for (std::int32_t j = 0; j < b.size(); ++j) {
        const std::int32_t i = matches.to_a[at(j)];
        if (i < 0) continue;
        const std::int32_t quoted = a.quoted[at(i)] || b.quoted[at(j)];
        if (!passages.empty()) {
            Passage& last = passages.back();
            const std::int32_t gap_a = i - last.a_last - 1, gap_b = j - last.b_last - 1;
            if (gap_a >= 0 && gap_a <= rule.bridge_words && gap_b <= rule.bridge_words) {
                last.a_last = i;
                last.b_last = j;
                ++last.words;
                last.quoted += quoted;
                continue;
            }
        }
        passages.push_back({i, i, j, j, 1, quoted});
    }
    std::erase_if(passages, [&](const Passage& p) { return p.words < rule.seed_words; });
}

Measures measure_unrelated(const Tokens& a, const Tokens& b, const AlignRule& rule) {
    Measures m;
    m.a_words = a.prose_words;
    m.b_words = b.prose_words;
    m.identical = !a.hashes.empty() && a.hashes == b.hashes;
    m.a_shingles = shingles_in(a.hashes.size(), rule);
    m.b_shingles = shingles_in(b.hashes.size(), rule);
    return m;
}

Measures measure(const Body& a, const Body& b, const AlignRule& rule, Matches& matches,
                 const std::vector<Passage>& passages) {
    Measures m;
    m.identical = !a.hashes.empty() && a.hashes == b.hashes;
    m.shared_shingles = aligned_shingles(matches, rule.shingle_words);
    for (std::size_t j = 0; j < matches.to_a.size(); ++j) {
        if (matches.how_b[j] == kUnmatched) continue;
        const std::size_t i = at(matches.to_a[j]);
        const bool quoted = b.quoted[j] || a.quoted[i], doubtful = b.doubtful[j] || a.doubtful[i];
        ++m.shared;
        m.quoted += quoted;
        m.doubtful += doubtful;
    }
    for (const Passage& p : passages) {
        for (std::int32_t i = p.a_first; i <= p.a_last; ++i) {
            if (matches.how_a[at(i)] == kUnmatched) matches.how_a[at(i)] = kBridged;
        }
        for (std::int32_t j = p.b_first; j <= p.b_last; ++j) {
            if (matches.how_b[at(j)] == kUnmatched) matches.how_b[at(j)] = kBridged;
        }
        std::int32_t prose = 0, single = 0, single_prose = 0;
        for (std::int32_t j = p.b_first; j <= p.b_last; ++j) {
            const std::int32_t i = matches.to_a[at(j)];
            if (i < 0) continue;
            const bool plain = !(b.quoted[at(j)] || a.quoted[at(i)]) &&
                               !(b.doubtful[at(j)] || a.doubtful[at(i)]);
            prose += plain;
            single += b.single[at(j)];
            single_prose += plain && b.single[at(j)];
        }
        const std::int32_t words = weight(p.words, single);
        if (words < rule.passage_words) continue;
        prose = weight(prose, single_prose);
        m.long_words += words;
        m.long_prose += prose;
        if (words >= rule.solid_words) m.solid_prose = std::max(m.solid_prose, prose);
    }
    std::int32_t position = 0;
    std::size_t first_hit = 0;
    m.a_first = -1;
    for (std::size_t i = 0; i < matches.how_a.size(); ++i) {
        if (!counts(a, matches.how_a, i)) continue;
        if (matches.how_a[i] != kUnmatched) {
            ++m.a_hits;
            if (m.a_first < 0) {
                m.a_first = position;
                first_hit = i;
            }
            m.a_end = position + 1;
            m.a_reach = static_cast<std::int32_t>(i - first_hit) + 1;
        }
        ++position;
    }
    m.a_first = std::max(m.a_first, 0);
    cover_sentences(a, rule, matches.how_a);
    cover_sentences(b, rule, matches.how_b);
    for (std::size_t i = 0; i < matches.how_a.size(); ++i) {
        m.a_words += counts(a, matches.how_a, i);
        m.a_covered += matches.how_a[i] != kUnmatched;
    }
    for (std::size_t j = 0; j < matches.how_b.size(); ++j) {
        m.b_words += counts(b, matches.how_b, j);
        m.b_covered += matches.how_b[j] != kUnmatched;
    }
    const bool a_smaller = m.a_words < m.b_words;
    const std::int32_t smaller = a_smaller ? m.a_words : m.b_words;
    m.smaller_weight = weight(smaller, std::min(count_single(a_smaller ? a : b), smaller));
    m.a_shingles = shingles_in(a.hashes.size(), rule);
    m.b_shingles = shingles_in(b.hashes.size(), rule);
    return m;
}

}  // namespace dupdetect

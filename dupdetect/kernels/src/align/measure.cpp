// Passages, the sentence rule and everything a relation is decided from.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "align/align.hpp"
#include "common/looked_at.hpp"
#include "numbers.hpp"

namespace dupdetect {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// How many of so many words a test holds for. Lanes of a byte each count to 255.
template <typename Test>
std::int32_t count_words(std::size_t size, Test&& test) {
    constexpr std::size_t kMost = 255;
    std::int32_t count = 0;
    for (std::size_t first = 0; first < size; first += kMost) {
        const std::size_t end = std::min(first + kMost, size);
        std::uint8_t some = 0;
        for (std::size_t k = first; k < end; ++k) some = static_cast<std::uint8_t>(some + test(k));
        count += some;
    }
    return count;
}

// The first word from one on that begins a sentence, or the size.
std::size_t next_beginning(std::span<const std::uint8_t> flags, std::size_t from) {
    constexpr std::uint64_t kAny = kBegins * 0x0101010101010101ULL;
    for (; from + 8 <= flags.size(); from += 8) {
        std::uint64_t some;
        std::memcpy(&some, flags.subspan(from, 8).data(), sizeof some);
        if ((some & kAny) != 0) break;
    }
    while (from < flags.size() && (flags[from] & kBegins) == 0) ++from;
    return from;
}

// Words that tokens stand for: of Chinese and the like a word is 1.75 characters, give or take.
std::int32_t weight(std::int32_t words, std::int32_t single) { return words - single * 3 / 7; }

// Tokens of which even those of one character weigh more than the longest sentence.
std::size_t most_tokens() { return 2 * at(numbers.align.longest_sentence); }

// A sentence most of whose words stand in the other story counts whole: it was edited, not added.
bool cover_sentence(const Body& body, const AlignRule& rule, Stretch sentence,
                    std::vector<std::uint8_t>& how) {
    const std::size_t size = sentence.end - sentence.first;
    if (size > most_tokens()) return false;
    look_at(size);
    const auto words = std::span(how).subspan(sentence.first, size);
    const auto covered = at(count_words(size, [&](std::size_t k) { return words[k] != 0; }));
    if (covered == 0 || covered == size) return false;
    const auto flags = body.flags.subspan(sentence.first, size);
    const std::int32_t single =
        count_words(size, [&](std::size_t k) { return (flags[k] & kOneCharacter) != 0; });
    if (weight(static_cast<std::int32_t>(size), single) > numbers.align.longest_sentence ||
        static_cast<double>(covered) < rule.sentence_share * static_cast<double>(size)) {
        return false;
    }
    for (std::uint8_t& one : words) one = one == kUnmatched ? kSentence : one;
    return true;
}

void cover_sentences(const Body& body, const AlignRule& rule, std::vector<std::uint8_t>& how) {
    const std::size_t all = body.words.size();
    for (std::size_t first = 0, end = 0; first < all; first = end) {
        end = next_beginning(body.flags, first + 1);
        cover_sentence(body, rule, {first, end}, how);
    }
}

// Those of a: none is covered that has no touched word.
void cover_touched(const Body& a, const Counts& of_a, const AlignRule& rule, Matches& matches) {
    const std::size_t stretches = matches.touched.size();
    std::size_t next = 0;  // the first sentence that was not looked at
    for (std::size_t k = 0; k < stretches; ++k) {
        const auto [first, end] = matches.touched[k];
        const std::size_t last = of_a.sentence_of(end - 1);
        for (next = std::max(next, of_a.sentence_of(first)); next <= last; ++next) {
            const Stretch sentence = of_a.sentence(next);
            if (cover_sentence(a, rule, sentence, matches.how_a))
                matches.touched.push_back(sentence);
        }
    }
    matches.join_touched(0);
}

// Words that count: all but the doubtful ones without a counterpart.
std::int32_t counted(const Body& body, const std::vector<std::uint8_t>& how) {
    look_at(how.size());
    return count_words(how.size(), [&](std::size_t k) {
        return ((body.flags[k] & kInDoubt) == 0) | (how[k] != kUnmatched);
    });
}

// Those of a in a stretch.
std::int32_t counted(const Body& a, const Counts& of_a, const Matches& matches, Stretch words) {
    std::int32_t count = of_a.plain(words);
    for (const Stretch& one : matches.touched) {
        look_at(one.end - one.first);
        for (std::size_t k = std::max(one.first, words.first); k < std::min(one.end, words.end);
             ++k)
            count += (a.flags[k] & kInDoubt) != 0 && matches.how_a[k] != kUnmatched;
    }
    return count;
}

// Words of a with a counterpart.
std::int32_t covered(const Matches& matches) {
    std::int32_t count = 0;
    for (const auto [first, end] : matches.touched) {
        look_at(end - first);
        const auto how = std::span(matches.how_a).subspan(first, end - first);
        count += count_words(how.size(), [&](std::size_t k) { return how[k] != kUnmatched; });
    }
    return count;
}

std::int32_t covered(const std::vector<std::uint8_t>& how) {
    return count_words(how.size(), [&](std::size_t k) { return how[k] != kUnmatched; });
}

// Words from the first one with a counterpart to the last.
Stretch reach(const std::vector<std::uint8_t>& how) {
    const auto hit = [](std::uint8_t one) { return one != kUnmatched; };
    const auto first = std::find_if(how.begin(), how.end(), hit);
    const auto end = std::find_if(how.rbegin(), std::make_reverse_iterator(first), hit).base();
    return {static_cast<std::size_t>(first - how.begin()),
            static_cast<std::size_t>(end - how.begin())};
}

// Those of a; touched words ascend.
Stretch reach(const Matches& matches) {
    Stretch found;
    for (const auto [first, end] : matches.touched) {
        for (std::size_t k = first; k < end; ++k) {
            if (matches.how_a[k] == kUnmatched) continue;
            if (found.end == 0) found.first = k;
            found.end = k + 1;
        }
    }
    return found;
}

struct Edited {
    std::int32_t before = 0, after = 0;
};

// Words of covered sentences, on both sides, before the first matched words and after the last, if
// those match each other: the copy was edited there, not cut.
Edited edited_ends(const Matches& matches, Stretch in_a, Stretch in_b) {
    // Only the sentence next to them is one that has other words with a counterpart.
    const auto sentence_words = [](std::span<const std::uint8_t> how) {
        return static_cast<std::int32_t>(std::count(how.begin(), how.end(), kSentence));
    };
    const auto match = [&](std::size_t i, std::size_t j) {
        return matches.to_b[i] == static_cast<std::int32_t>(j);
    };
    const std::span<const std::uint8_t> a(matches.how_a), b(matches.how_b);
    Edited edited;
    if (match(in_a.first, in_b.first)) {
        edited.before =
            std::min(sentence_words(a.first(in_a.first).last(std::min(in_a.first, most_tokens()))),
                     sentence_words(b.first(in_b.first)));
    }
    if (match(in_a.end - 1, in_b.end - 1)) {
        edited.after = std::min(
            sentence_words(a.subspan(in_a.end).first(std::min(a.size() - in_a.end, most_tokens()))),
            sentence_words(b.subspan(in_b.end)));
    }
    return edited;
}

bool same_words(const Body& a, const Body& b) {
    return !a.words.empty() && std::ranges::equal(a.words, b.words);
}

// Words that are equal, and shingles of b whose words all stand side by side in a too: run by run.
void count_exact(const Body& a, const Body& b, const Matches& matches, std::int32_t shingle_words,
                 Measures& m) {
    const std::size_t size = matches.to_a.size();
    for (std::size_t j = 0, end = 0; j < size; j = end) {
        end = j + 1;
        if (matches.how_b[j] != kExact) continue;
        const std::int32_t course = matches.to_a[j] - static_cast<std::int32_t>(j);
        const auto goes_on = [&](std::size_t k) {
            return (matches.how_b[k] == kExact) &
                   (matches.to_a[k] == course + static_cast<std::int32_t>(k));
        };
        while (end + 4 <= size && (goes_on(end) & goes_on(end + 1) & goes_on(end + 2) &
                                   goes_on(end + 3)))  // runs are long: four words a turn
            end += 4;
        while (end < size && goes_on(end)) ++end;
        const auto of_a = a.flags.subspan(at(matches.to_a[j]), end - j);
        const auto of_b = b.flags.subspan(j, end - j);
        const std::int32_t unlike = count_words(of_b.size(), [&](std::size_t k) {
            return ((of_a[k] ^ of_b[k]) & (kInQuotes | kInDoubt)) != 0;
        });
        const auto words = static_cast<std::int32_t>(of_b.size());
        m.unlike += unlike;
        m.a_exact += words;
        m.shared_shingles += std::max(words - shingle_words + 1, 0);
    }
    m.b_exact = m.a_exact;
}

std::int32_t count_flag(std::span<const std::uint8_t> flags, std::uint8_t flag) {
    look_at(flags.size());
    return count_words(flags.size(), [&](std::size_t k) { return (flags[k] & flag) != 0; });
}

std::int32_t shingles_in(std::size_t words, const AlignRule& rule) {
    return std::max(static_cast<std::int32_t>(words) - rule.shingle_words + 1, 1);
}

}  // namespace

void Counts::count(const Body& body) {
    look_at(body.words.size());
    single_ = count_flag(body.flags, kOneCharacter);
    plain_.resize(body.flags.size() + 1);
    sentences_.clear();
    std::int32_t plain = 0;
    for (std::size_t k = 0; k < body.flags.size(); ++k) {
        plain_[k] = plain;
        plain += (body.flags[k] & kInDoubt) == 0;
        if (k == 0 || (body.flags[k] & kBegins) != 0) sentences_.push_back(k);
    }
    plain_[body.flags.size()] = plain;
    sentences_.push_back(body.flags.size());
}

std::size_t Counts::sentence_of(std::size_t word) const {
    const auto next = std::ranges::upper_bound(sentences_, word);
    return static_cast<std::size_t>(next - sentences_.begin()) - 1;
}

namespace {

// Whether two matched words, so many words apart in a and in b, stand in one passage.
bool is_same_passage(std::int32_t gap_a, std::int32_t gap_b, const AlignRule& rule) {
    return gap_a >= 0 && gap_a <= rule.bridge_words && gap_b <= rule.bridge_words;
}

void forget(Matches& matches, const Passage& passage) {
    for (std::size_t j = at(passage.b_first); j <= at(passage.b_last); ++j) {
        const std::int32_t i = matches.to_a[j];
        if (i < 0) continue;
        if (matches.to_b[at(i)] == static_cast<std::int32_t>(j)) {
            matches.to_b[at(i)] = -1;
            matches.how_a[at(i)] = kUnmatched;
        }
        matches.to_a[j] = -1;
        matches.how_b[j] = kUnmatched;
        matches.flags[j] = 0;
    }
}

}  // namespace

void find_passages(const AlignRule& rule, Matches& matches, std::vector<Passage>& passages) {
    passages.clear();
    for (std::int32_t j = 0; at(j) < matches.to_a.size(); ++j) {
        const std::int32_t i = matches.to_a[at(j)];
        if (i < 0) continue;
        const std::int32_t quoted = (matches.flags[at(j)] & kInQuotes) != 0;
        if (!passages.empty()) {
            Passage& last = passages.back();
            if (is_same_passage(i - last.a_last - 1, j - last.b_last - 1, rule)) {
                last.a_last = i;
                last.b_last = j;
                ++last.words;
                last.quoted += quoted;
                continue;
            }
        }
        passages.push_back({i, i, j, j, 1, quoted});
    }
    // What a pair shares is what its passages show.
    std::erase_if(passages, [&](const Passage& p) {
        if (p.words >= rule.seed_words) return false;
        forget(matches, p);
        return true;
    });
}

namespace {

// Words of the passages that are long, as measure() counts them.
std::int32_t long_words(const Body& b, const AlignRule& rule, const Matches& matches) {
    std::int32_t all = 0, words = 0, single = 0, last_a = 0, last_b = 0;
    const auto close = [&] {
        const std::int32_t weighed = weight(words, single);
        if (weighed >= rule.passage_words) all += weighed;
        words = single = 0;
    };
    for (std::int32_t j = 0; at(j) < matches.to_a.size(); ++j) {
        const std::int32_t i = matches.to_a[at(j)];
        if (i < 0) continue;
        if (words > 0 && !is_same_passage(i - last_a - 1, j - last_b - 1, rule)) close();
        ++words;
        single += (b.flags[at(j)] & kOneCharacter) != 0;
        last_a = i;
        last_b = j;
    }
    close();
    return all;
}

}  // namespace

bool may_relate(const Body& a, const Counts& of_a, const Body& b, const AlignRule& rule,
                const Matches& matches) {
    // Doubtful words count where they match: which body is the smaller one may hang on them.
    if (a.prose_words < b.size() && b.prose_words <= a.size()) return true;
    const std::int32_t smaller = std::min(a.prose_words, b.prose_words);
    const auto least = [&](std::int32_t single) {  // that the smaller body can weigh
        return weight(smaller, std::min(single, smaller));
    };
    const std::int32_t single_b = count_flag(b.flags, kOneCharacter);
    const double of_copy = std::ceil(
        rule.contained * static_cast<double>(std::min(least(of_a.single()), least(single_b))));
    const double needed = std::min(static_cast<double>(rule.overlap_words), of_copy);
    const auto shared =
        std::ranges::count_if(matches.to_a, [](std::int32_t word) { return word >= 0; });
    return static_cast<double>(shared) >= needed &&
           static_cast<double>(long_words(b, rule, matches)) >= needed;
}

Measures measure_unrelated(const Body& a, const Body& b, const AlignRule& rule) {
    Measures m;
    m.a_words = a.prose_words;
    m.b_words = b.prose_words;
    m.identical = same_words(a, b);
    m.a_exact = m.b_exact = m.identical ? a.size() : 0;
    m.a_shingles = shingles_in(a.words.size(), rule);
    m.b_shingles = shingles_in(b.words.size(), rule);
    return m;
}

Measures measure(const Body& a, const Counts& of_a, const Body& b, const AlignRule& rule,
                 Matches& matches, const std::vector<Passage>& passages) {
    Measures m;
    matches.join_touched(at(std::max(rule.bridge_words, 0)));  // as passages do
    m.shared = count_flag(matches.flags, kMatched);
    m.quoted = count_flag(matches.flags, kInQuotes);
    m.doubtful = count_flag(matches.flags, kInDoubt);
    const auto bridge = [](std::uint8_t& how) { how = how == kUnmatched ? kBridged : how; };
    for (const Passage& p : passages) {
        const auto in_a =
            std::span(matches.how_a).subspan(at(p.a_first), at(p.a_last - p.a_first + 1));
        const auto in_b =
            std::span(matches.how_b).subspan(at(p.b_first), at(p.b_last - p.b_first + 1));
        std::for_each(in_a.begin(), in_a.end(), bridge);
        std::for_each(in_b.begin(), in_b.end(), bridge);
        constexpr std::uint8_t kOne = kMatched | kOneCharacter, kPlain = kProse | kInDoubt;
        const auto flags = std::span(matches.flags).subspan(at(p.b_first), in_b.size());
        const auto weigh = [&](std::uint8_t asked, std::uint8_t given) {
            const auto fits = [&](std::size_t k) { return (flags[k] & asked) == given; };
            const auto fits_one = [&](std::size_t k) {
                return (flags[k] & (asked | kOne)) == (given | kOne);
            };
            return weight(count_words(flags.size(), fits), count_words(flags.size(), fits_one));
        };
        const std::int32_t single =
            count_words(flags.size(), [&](std::size_t k) { return (flags[k] & kOne) == kOne; });
        const std::int32_t words = weight(p.words, single);
        if (words < rule.passage_words) continue;
        m.long_words += words;
        m.long_prose += weigh(kPlain, kProse);
        // In one long piece even a line without a full stop, a sentence cut short, was copied as
        // prose.
        if (words >= rule.overlap_words)
            m.solid_prose = std::max(m.solid_prose, weigh(kProse, kProse));
    }
    count_exact(a, b, matches, rule.shingle_words, m);
    m.identical = same_words(a, b);
    m.a_hits = covered(matches);
    const Stretch in_a = reach(matches), in_b = reach(matches.how_b);
    m.a_reach = static_cast<std::int32_t>(in_a.end - in_a.first);
    cover_touched(a, of_a, rule, matches);
    cover_sentences(b, rule, matches.how_b);
    if (m.a_hits > 0) {
        const Edited edited = edited_ends(matches, in_a, in_b);
        const std::int32_t before = counted(a, of_a, matches, {0, in_a.first});
        m.a_first = before - edited.before;
        m.a_end = before + counted(a, of_a, matches, in_a) + edited.after;
    }
    m.a_words = counted(a, of_a, matches, {0, a.words.size()});
    m.b_words = counted(b, matches.how_b);
    m.a_covered = covered(matches);
    m.b_covered = covered(matches.how_b);
    const bool a_smaller = m.a_words < m.b_words;
    const std::int32_t smaller = a_smaller ? m.a_words : m.b_words;
    const std::int32_t single = a_smaller ? of_a.single() : count_flag(b.flags, kOneCharacter);
    if (m.shared > 0) m.smaller_weight = weight(smaller, std::min(single, smaller));
    m.a_shingles = shingles_in(a.words.size(), rule);
    m.b_shingles = shingles_in(b.words.size(), rule);
    return m;
}

}  // namespace dupdetect
